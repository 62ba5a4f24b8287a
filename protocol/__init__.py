"""What everyone agrees on: the words on the wire. Imports msgspec and the standard library only."""

from protocol.version import LEVEL

__all__ = ["LEVEL"]

"""What a session asks its owner to do."""

from typing import Any

from msgspec import Struct


class Dial(Struct, frozen=True):
    """Open a connection, in place of the one there may be."""


class HangUp(Struct, frozen=True):
    """Close the connection."""


class Send(Struct, frozen=True):
    """To be sent as `event`, with an ack id; the reply is handed in with `ticket`."""

    ticket: int
    event: str
    body: Any


Action = Dial | HangUp | Send

"""When something happens in a run, and until when anything fails (pure)."""

from msgspec import Struct

HEALED_S = 22.0
"""From here on nothing fails any more."""


class Event(Struct, frozen=True):
    """Something that happens at a time (s): a candidate's act, an examiner's, a fault."""

    at: float
    kind: str
    what: str
    who: int = 0
    seconds: float = 0.0

"""Ids, enums and limits shared by every message. Times are integer milliseconds since 1970 UTC."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

ID_CHARS_MAX = 64
RESPONSE_BYTES_MAX = 61_440
"""One response as JSON: 20,000 characters of three bytes each (Devanagari, Chinese) and to spare;
with the rest of its event it fits a message of 64 KiB."""
TOKEN_CHARS_MAX = 16_384
"""A token names the exams it is for; this is enough for some four hundred."""
REASON_CHARS_MAX = 500
TEXT_CHARS_MAX = 2_000
ATTEMPTS_PER_ACT_MAX = 5_000
ANSWERS_PER_EVENT_MAX = 100

_END = r"(?!\n)$"
"""The end of a pattern, the same in every language: Python's `$` alone would let a last line end
through, and its `\\Z` is unknown to JSON Schema."""
Id = Annotated[
    str, Meta(min_length=1, max_length=ID_CHARS_MAX, pattern=rf"^[A-Za-z0-9_.:\-]+{_END}")
]
"""An identifier made by us or by a client: letters, digits and `_ . : -`."""
ONE_LINE = rf"^[^\x00-\x1f\x7f\u2028\u2029]*{_END}"
"""Of names and titles: no line ends, no control characters (a NUL no database would take)."""

Seq = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""A client's own count of its answers in an attempt; every new answer takes the next one."""

Millis = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Reason = Annotated[str, Meta(max_length=REASON_CHARS_MAX)]
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)]
Receipt = Annotated[str, Meta(min_length=1, max_length=4_096)]


def said_ok() -> bool:
    """True, as the factory of every ack's `ok`: `omit_defaults` never omits what a factory made.

    A plain default would be left out of the acks that omit their defaults, and an ack without
    `ok` is no ack.
    """
    return True


class AttemptState(StrEnum):
    """Where an attempt is. `absent` is the end of those who never started."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    ABSENT = "absent"


OPEN_STATES = frozenset({AttemptState.NOT_STARTED, AttemptState.IN_PROGRESS, AttemptState.PAUSED})
CLOSED_STATES = frozenset(set(AttemptState) - OPEN_STATES)


class Grading(StrEnum):
    """How far the marks of a closed attempt are."""

    NONE = "none"
    PENDING = "pending"
    """Closed; marks are being computed, or a long answer waits for a person."""
    GRADED = "graded"
    REGRADE_PROPOSED = "regrade_proposed"
    """An answer reached the attempt after it was graded; a person decides."""
    RELEASED = "released"


class Role(StrEnum):
    """What a token lets its holder be."""

    CANDIDATE = "candidate"
    EXAMINER = "examiner"
    ADMIN = "admin"


class LatePolicy(StrEnum):
    """What becomes of an answer that arrived after `accept_until` and carries no receipt."""

    DISCARD = "discard"
    KEEP_MARKED = "keep_marked"
    """Kept as a fact for the examiner, marked late, not counted."""
    ACCEPT = "accept"


class TakeoverPolicy(StrEnum):
    """What happens when a second client instance wants the attempt."""

    AT_ONCE = "at_once"
    ON_APPROVAL = "on_approval"
    REFUSE = "refuse"


class ItemKind(StrEnum):
    """Kinds of questions, and with them the shape of a response (see `protocol.paper`)."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    NUMERICAL = "numerical"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"


class Presence(StrEnum):
    """How long ago the last frame of a candidate's connection was (levels at 15, 25, 40 s)."""

    LIVE = "live"
    LATE = "late"
    SILENT = "silent"
    AWAY = "away"
    NEVER = "never"

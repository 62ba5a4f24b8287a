"""Candidates on the roll of an exam (pure): which are sought, and what is known of them."""

from msgspec import Struct

from examsync.attempts.attempt import Seat
from examsync.attempts.core import Core
from protocol.types import AttemptState, Grading


class Sought(Struct, frozen=True):
    """Which of an exam's roll, sorted by `candidate`, `name`, `hall` or `group`. `after`: the sort
    key and candidate of the last one known. `halls`: these only; None for all."""

    exam: str
    halls: list[str] | None = None
    hall: str | None = None
    group: str | None = None
    state: str | None = None
    q: str = ""
    sort: str = "candidate"
    down: bool = False
    limit: int = 100
    after: tuple[str, str] | None = None


class OnRoll(Struct, frozen=True):
    """Somebody on the roll: the attempt, how far it is, and the key under the list's order."""

    attempt: str
    seat: Seat
    state: AttemptState
    key: str = ""
    epoch: int = 0
    n: int = 0
    head: str = ""


class Own(Struct, frozen=True):
    """A candidate's own attempt at an exam, as Postgres has it, and what the roll says of it."""

    attempt: str
    seat: Seat
    core: Core
    grading: Grading

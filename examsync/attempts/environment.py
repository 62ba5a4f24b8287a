"""What the attempts' service is given, and who speaks to it."""

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.attempts.ports import Outcome, Records, Store
from examsync.attempts.seal import Keys
from examsync.exams.exam import Exam
from protocol.paper import Item


class Sitter(Struct, frozen=True):
    """Who speaks, and from which client instance: what the edge knows of a connection."""

    attempt: str
    by: str
    instance: str = ""
    lease: str = ""


def seat_at(attempt: Attempt, by: str, instance: str, named: str) -> Sitter:
    """Where a client sits whose join was decided on `attempt`, naming the lease `named` ("").

    With the lease if that is its own; otherwise with an older one, under which nothing counts any
    more but what is acked can be sent again; a newer one than the standing is nobody's yet. Not so
    when all is over: nobody is given a lease then, so a newer one is what Redis lost, and what its
    device made under it must not pass for older than what it has sent before.
    """
    core = attempt.core
    if core.closed and named > core.lease:
        return Sitter(attempt.id, by, instance, named)
    if core.instance == instance:
        return Sitter(attempt.id, by, instance, core.lease)
    return Sitter(attempt.id, by, instance, named if named < core.lease else "")


class ExamBook(Protocol):
    """The exams as this process knows them."""

    def get(self, exam_id: str) -> Exam | None:
        """The exam, if it is known here."""
        ...

    def items(self, exam_id: str) -> Mapping[str, Item]:
        """The items of its paper, by id."""
        ...

    async def refresh(self, exam_id: str) -> None:
        """Learn the exam's newest facts. Raises Unavailable."""
        ...

    def doubt(self, exam_id: str) -> None:
        """More may have been done to it than Redis counts: `refresh` reads it next time."""
        ...


TOGETHER_MAX = 50
"""As much as Redis reads of one connection in a turn: sent at once, these share one of its syncs,
and more of them would wait for the next. Fewer, on two ways, cost it and us a sixth more."""


class Environment(Struct, frozen=True):
    """What the service is given: storage, exams, keys, the clock, luck, and where errors go.

    `used`: how much of Redis' memory is, between 0 and 1, as of late. `patience`: a clock (ms) that
    does not count turns in which this process itself was late, if there is one; by it commands
    lose patience with storage. `together`: so many writes may be on one way to storage before
    another one is taken, too.
    """

    store: Store
    records: Records
    exams: ExamBook
    keys: Keys
    partitions: int
    now: Callable[[], int]
    tail: Callable[[], str]
    failed: Callable[[Exception], None]
    committed: Callable[[list[Outcome]], None] = lambda outcomes: None
    used: Callable[[], float] = lambda: 0.0
    patience: Callable[[], int] | None = None
    together: int = TOGETHER_MAX

"""What the store reads and writes besides results themselves (pure): rows, rulings, news."""

from msgspec import Struct

from examsync.grading.ruling import Ruling
from examsync.results.result import PartMarks, Result
from protocol.paper import Response
from protocol.types import AttemptState, Grading


class ResultRow(Struct, frozen=True, omit_defaults=True):
    """One attempt of an exam with what its latest result says, if it has one. Times in ms."""

    attempt: str
    candidate: str
    state: AttemptState
    grading: Grading
    name: str = ""
    hall: str = ""
    group: str = ""
    started_at: int | None = None
    closed_at: int | None = None
    close: int = 0
    revision: int = 0
    whole: PartMarks | None = None
    sections: dict[str, PartMarks] = {}
    waiting: list[str] = []


class Rulings(Struct, frozen=True):
    """What was decided about an exam's items, and the number of the latest decision."""

    by_item: dict[str, Ruling]
    number: int = 0


class Made(Struct, frozen=True):
    """A result to store."""

    result: Result
    n: int
    ruling: int


class Shown(Struct, frozen=True):
    """A released result, of which exam and paper it is, and the latest ruling it heeds."""

    result: Result
    exam: str
    paper: str
    ruling: int


class ToMark(Struct, frozen=True):
    """A response that waits for a person."""

    attempt: str
    item: str
    response: Response


class News(Struct, frozen=True):
    """Something the world outside may want to know: graded, regraded or released."""

    number: int
    kind: str
    exam: str
    attempt: str
    close: int
    revision: int
    made_at: int

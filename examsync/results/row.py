"""What the store reads and writes besides results themselves (pure): rows, rulings, news."""

from msgspec import Struct

from examsync.grading.ruling import Ruling
from examsync.results.decision import Decided, Standing
from examsync.results.result import Hand, Marks, Result
from protocol.paper import Response
from protocol.types import Grading

Place = tuple[int, str, str]
"""Of a response in the queue of markers: when its attempt closed, the attempt, the item."""


class Rulings(Struct, frozen=True):
    """What was decided about an exam's items, and the number of the latest decision."""

    by_item: dict[str, Ruling]
    number: int = 0


class Made(Struct, frozen=True):
    """A result to store: what there was before, what was decided on it, and the number of the
    latest ruling that was heeded."""

    before: Standing
    decided: Decided
    ruling: int


class Shown(Struct, frozen=True):
    """A released result, of which exam and paper it is, and the latest ruling it heeds."""

    result: Result
    exam: str
    paper: str
    ruling: int


class ToMark(Struct, frozen=True):
    """A response that waits for a person, since its attempt closed, and whose it is."""

    attempt: str
    item: str
    response: Response
    closed_at: int
    candidate: str = ""
    name: str = ""


class News(Struct, frozen=True):
    """What rows and candidates' screens have to hear: graded, regraded, released, withdrawn."""

    number: int
    kind: str
    exam: str
    attempt: str
    close: int
    revision: int
    made_at: int


class Graded(Struct, frozen=True):
    """The latest result of the present close: of the first `n` facts, under rulings to `ruling`."""

    close: int
    revision: int
    n: int
    ruling: int
    marks: Marks


class Proof(Struct, frozen=True):
    """What is needed to compute an attempt's result anew, besides paper, rulings and answers."""

    candidate: str
    grading: Grading
    result: Graded | None
    hands: dict[str, Hand]

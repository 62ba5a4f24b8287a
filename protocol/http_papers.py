"""Bodies and queries of papers (`/admin/papers`), for authors: with keys, which candidates never
get (`protocol.paper` is theirs). Marks are exact texts: "4", "0.25", "2/3".
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.http_bank import NO_NUL, Cursor, KeyedQuestion, Label, Limit, Search
from protocol.types import Id, ItemKind

Marks = Annotated[str, Meta(min_length=1, max_length=20)]


class Scheme(StrEnum):
    """How a partly right multiple choice counts."""

    ALL_OR_NOTHING = "all_or_nothing"
    PROPORTIONAL = "proportional"
    """Right choices less wrong ones, as a share of what is right; never below zero."""
    JEE_ADVANCED = "jee_advanced"
    """Some right choices and no wrong one: of four options, a quarter of the marks for each."""


class PaperSection(Struct, frozen=True, omit_defaults=True):
    """A section of a new paper, and which questions of the bank are in it.

    `questions` names them by external_id, in their order here; otherwise it takes those that fit
    all of `section`, `kind`, `topic`, `difficulty`, `tag` and are in no section before: the first
    `count` of them (all by default), or with `random` as many drawn by lot. Marks named here hold
    for all its items; marks not named are the question's own, or else the paper's.
    """

    title: Annotated[str, Meta(min_length=1, max_length=128, pattern=NO_NUL)]
    questions: Annotated[list[Label], Meta(max_length=1_000)] = []
    section: Label | None = None
    kind: ItemKind | None = None
    topic: Label | None = None
    difficulty: Label | None = None
    tag: Label | None = None
    count: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    random: bool = False
    marks: Marks | None = None
    negative_marks: Marks | None = None
    scheme: Scheme | None = None
    shuffle: bool | None = None


class CreatePaper(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/papers`: a paper of a bank's questions; it never changes afterwards.

    Without `sections` it takes the first `limit` questions (all by default), in the sections that
    their authors suggest. `marks`, `negative_marks` are for questions that bring none; `shuffle`:
    may the items of a section be shown in another order?
    """

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
    bank: Id
    paper: Id | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None
    instructions: Annotated[str, Meta(max_length=20_000, pattern=NO_NUL)] = ""
    marks: Marks = "1"
    negative_marks: Marks = "0"
    scheme: Scheme = Scheme.ALL_OR_NOTHING
    shuffle: bool = True
    sections: Annotated[list[PaperSection], Meta(max_length=100)] = []


class PaperCreated(Struct, frozen=True):
    """The paper's id."""

    paper: str


class ListPapers(Struct, frozen=True):
    """The query of `GET /admin/papers`; `q` is looked for in ids and titles."""

    bank: Label | None = None
    q: Search = ""
    sort: Literal["-created_at", "created_at", "title", "-title", "paper", "-paper"] = "-created_at"
    limit: Limit = 100
    after: Cursor = ""


class PaperSummary(Struct, frozen=True):
    """A paper in a list. `maximum`: the marks of all its items together."""

    paper: str
    title: str
    bank: str
    questions: int
    maximum: str
    created_at: int


class PapersPage(Struct, frozen=True):
    """Some papers, and how many there are in all."""

    items: list[PaperSummary]
    next: str | None
    total: int


class KeyedItem(Struct, frozen=True):
    """An item of a paper with its key; `negative_marks` is what a wrong answer costs."""

    item: str
    marks: str
    negative_marks: str
    scheme: Scheme
    question: KeyedQuestion


class KeyedSection(Struct, frozen=True):
    """A section of a paper; `shuffle`: may its items be shown in another order?"""

    section: str
    title: str
    shuffle: bool
    maximum: str
    items: list[KeyedItem]


class PaperView(Struct, frozen=True):
    """`GET /admin/papers/{paper}`: all of it, with the keys."""

    paper: str
    title: str
    bank: str
    instructions: str
    questions: int
    maximum: str
    created_at: int
    created_by: str
    sections: list[KeyedSection]


REQUESTS: dict[str, type] = {"create_paper": CreatePaper}
RESPONSES: dict[str, type] = {
    "paper_created": PaperCreated,
    "papers": PapersPage,
    "paper": PaperView,
}

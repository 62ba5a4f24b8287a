"""Bodies and queries of question banks (`/admin/banks`), for authors.

Everything here holds correct answers or speaks of them; candidates get `protocol.paper`. Marks are
exact texts: "4", "0.25", "2/3".
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.types import ItemKind

NO_NUL = r"^[^\x00]*$"
"""Postgres keeps every character but this one."""
Search = Annotated[str, Meta(max_length=200, pattern=NO_NUL)]
"""A part of what is looked for; case does not matter."""
Limit = Annotated[int, Meta(ge=1, le=1_000)]
Cursor = Annotated[str, Meta(max_length=4_000)]
"""The `next` of the page before."""
Label = Annotated[str, Meta(max_length=128, pattern=NO_NUL)]

# --- banks ----------------------------------------------------------------------------------------


class ListBanks(Struct, frozen=True):
    """The query of `GET /admin/banks`; `q` is looked for in their ids."""

    q: Search = ""
    sort: Literal["bank", "-bank", "questions", "-questions", "changed_at", "-changed_at"] = "bank"
    limit: Limit = 100
    after: Cursor = ""


class BankSummary(Struct, frozen=True):
    """A bank in a list. `kinds` and `sections` count its questions; the hundred largest sections
    are named ("" for questions without one). `changed_at`: when a question last came or changed."""

    bank: str
    questions: int
    kinds: dict[str, int]
    sections: dict[str, int]
    changed_at: int


class BanksPage(Struct, frozen=True):
    """Some banks, and how many there are in all."""

    items: list[BankSummary]
    next: str | None
    total: int


class ListQuestions(Struct, frozen=True):
    """The query of `GET /admin/banks/{bank}/questions`. `q` is looked for in the question's text,
    its options, external_id, topic and tags; `place` is the order in which they came."""

    kind: ItemKind | None = None
    section: Label | None = None
    topic: Label | None = None
    difficulty: Label | None = None
    q: Search = ""
    sort: Literal[
        "place",
        "-place",
        "external_id",
        "-external_id",
        "kind",
        "-kind",
        "section",
        "-section",
        "topic",
        "-topic",
        "changed_at",
        "-changed_at",
    ] = "place"
    limit: Limit = 100
    after: Cursor = ""


class KeyedOption(Struct, frozen=True):
    """An option, and whether it is right."""

    id: str
    text: str
    right: bool


class KeyedQuestion(Struct, frozen=True):
    """A question with its key. Of choices the right options say it; else `answers`, any of which
    is right, as an import takes them: "true", "3.14±0.01", "3.1..3.2", a word. `guidance` is for
    whoever marks a long text. `shuffle`: may the options be shown in another order?"""

    external_id: str
    kind: ItemKind
    stem: str
    options: list[KeyedOption]
    answers: list[str]
    guidance: str
    case_sensitive: bool
    shuffle: bool
    topic: str
    difficulty: str
    explanation: str
    language: str
    image: str | None
    tags: list[str]


class BankQuestion(Struct, frozen=True):
    """A question in its newest version; section and marks are what its author suggests."""

    version: int
    section: str
    marks: str | None
    negative_marks: str | None
    changed_at: int
    changed_by: str
    question: KeyedQuestion


class QuestionsPage(Struct, frozen=True):
    """Some questions of a bank, and how many there are in all that were asked for."""

    items: list[BankQuestion]
    next: str | None
    total: int


# --- files ----------------------------------------------------------------------------------------


class ImportAsked(Struct, frozen=True):
    """The query of `POST /admin/banks/{bank}/import`. Without `commit` nothing is written;
    `skip_bad` takes the good questions of a file with errors; `report=csv` is for spreadsheets."""

    format: str = "csv"
    commit: bool = False
    skip_bad: bool = False
    report: Literal["json", "csv"] = "json"


class ImportProblem(Struct, frozen=True):
    """One finding. `line` is the line of the file on which the question begins (0: the whole file),
    `column` the heading as the file spells it, or the number of the character in the line."""

    line: int
    column: str
    severity: Literal["error", "warning", "info"]
    code: str
    message: str


class ImportReport(Struct, frozen=True):
    """What importing a file did, or would do. `skipped`: rows with errors, and repeats of a row.

    `takes` says how the file can be taken: as it is, only without its bad rows (`skip_bad`), or not
    at all, because it could not be read to its end or holds no good question. `problems` has the
    errors first; `problems_omitted` are too many to be listed.
    """

    committed: bool
    takes: Literal["all", "skip_bad", "none"]
    rows: int
    accepted: int
    updated: int
    unchanged: int
    skipped: int
    errors_found: int
    warnings_found: int
    problems: list[ImportProblem]
    problems_omitted: int


class ExportAsked(Struct, frozen=True):
    """The query of an export, and of the template and the sample."""

    format: str = "csv"


RESPONSES: dict[str, type] = {
    "banks": BanksPage,
    "bank_questions": QuestionsPage,
    "import_report": ImportReport,
}

"""Lists of exams (pure): which are wanted, and what is found."""

from msgspec import Struct

from examsync.exams.exam import Exam


class Wanted(Struct, frozen=True):
    """Which exams to list, sorted by `opens_at`, `title` or `exam`. `after`: the sort key and the
    id of the last one that is known already. `ids` None: all."""

    sort: str = "opens_at"
    down: bool = False
    limit: int = 100
    after: tuple[str, str] | None = None
    ids: list[str] | None = None
    status: str | None = None
    q: str = ""


class Listed(Struct, frozen=True):
    """An exam in a list, with its key under the list's order."""

    exam: Exam
    key: str


class Page(Struct, frozen=True):
    """Some of a list of exams, whether there are more, and how many there are in all."""

    exams: list[Listed]
    more: bool
    total: int

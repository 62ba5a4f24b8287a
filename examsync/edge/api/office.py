"""What the desks of exams, candidates and results speak to. Filled in by `web`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from msgspec import Struct

from examsync.attempts.attempt import Seat
from examsync.exams.service import Exams
from examsync.results.service import Results
from examsync.settings import Exam as Defaults
from protocol.http import ExportedAttempt

Export = Callable[[str], AsyncIterator[ExportedAttempt]]
"""Every attempt of an exam as Postgres has it. Raises Unavailable."""
Register = Callable[[Iterable[Seat]], Awaitable[list[str]]]
"""Make attempts for seats; their ids, in order. Raises Unavailable."""


class Office(Struct, frozen=True):
    """What the handlers speak to."""

    exams: Exams
    results: Results
    register: Register
    export: Export
    registered: Callable[[str], None]
    """Called with an exam whose candidates have changed."""
    defaults: Defaults
    heartbeat_period_s: float

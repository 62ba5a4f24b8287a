"""What the desks of exams, candidates and results speak to. Filled in by `web`."""

from collections.abc import AsyncIterator, Callable

from msgspec import Struct

from examsync.attempts.enrolment import Enrolment
from examsync.exams.service import Exams
from examsync.results.service import Results
from examsync.settings import Exam as Defaults
from protocol.http import ExportedAttempt

Export = Callable[[str], AsyncIterator[ExportedAttempt]]
"""Every attempt of an exam as Postgres has it. Raises Unavailable."""


class Office(Struct, frozen=True):
    """What the handlers speak to."""

    exams: Exams
    results: Results
    enrolment: Enrolment
    export: Export
    defaults: Defaults
    heartbeat_period_s: float

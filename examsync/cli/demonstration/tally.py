"""What came of the demo: the bots' own record of acks against Postgres, after the server has gone.

Server counters are not asked: a server that has lost an answer would not count it.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from examsync.app import App
from examsync.attempts.export import export
from examsync.cli.demonstration.hall import GUEST
from loadtest.reconcile import reconcile
from loadtest.report import Report
from protocol.http import ExportedAttempt
from protocol.types import AttemptState, Grading

SWEPT = frozenset({AttemptState.EXPIRED, AttemptState.ABSENT})
GRADED = frozenset({Grading.GRADED, Grading.RELEASED, Grading.REGRADE_PROPOSED})


class Tally(Struct, frozen=True):
    """The demo's last word, about the bots."""

    candidates: int
    answers_acked: int
    answers_in_postgres: int
    lost: int
    late: int
    violations: int
    monitor_deltas: int
    attempts_closed_by_sweep: int
    graded: int
    resumed: int
    server_kills: int


async def tally(app: App, exam: str, report_file: Path, kills: int) -> Tally:
    """Compare. Raises OSError if the bots left no report."""
    report = msgspec.json.decode(report_file.read_bytes(), type=Report)
    everybody = [attempt async for attempt in export(app.records, exam)]
    exported = [attempt for attempt in everybody if attempt.candidate != GUEST]
    found = reconcile(report, exported)
    return Tally(
        candidates=len(exported),
        answers_acked=found.acked,
        answers_in_postgres=sum(len(attempt.responses) for attempt in exported),
        lost=found.lost,
        late=sum(response.late for attempt in exported for response in attempt.responses.values()),
        violations=sum(len(attempt.violations) for attempt in exported),
        monitor_deltas=report.monitor_deltas,
        attempts_closed_by_sweep=sum(attempt.state in SWEPT for attempt in exported),
        graded=sum(_graded(attempt) for attempt in exported),
        resumed=report.resumed,
        server_kills=kills,
    )


def _graded(attempt: ExportedAttempt) -> bool:
    return attempt.grading in GRADED

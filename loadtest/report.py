"""What a crowd of bots reports: every candidate's own record of acks, and what examiners saw.

Written by `python -m loadtest.bots`, read by `loadtest.reconcile` and by the demo.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from loadtest.client.entry import Refusal
from loadtest.client.ledger import AckedAnswer, AckedCommand, Ledger


class Seated(Struct):
    """One candidate, over all devices and processes.

    `latest` is by item the newest acked answer that counts. `acked` counts answers that were
    acked, each once, and `late` those of them that were acked as late. `pending` was never acked
    and `not_durable` not known to be in Postgres when the bots went home. `resumed` counts joins
    after the first.
    """

    candidate: str
    attempt: str = ""
    state: str = ""
    reason: str = ""
    latest: dict[str, AckedAnswer] = {}
    commands: list[AckedCommand] = []
    refused: list[Refusal] = []
    troubles: dict[str, int] = {}
    did: dict[str, int] = {}
    acked: int = 0
    superseded: int = 0
    late: int = 0
    repeats: int = 0
    pending: int = 0
    not_durable: int = 0
    dials: int = 0
    resumed: int = 0


class Watched(Struct):
    """What an examiner saw and did. A gap is a delta that did not follow on the last version."""

    deltas: int = 0
    snapshots: int = 0
    gaps: int = 0
    rows: int = 0
    violations: int = 0
    hands: int = 0
    acts: dict[str, int] = {}
    not_done: int = 0
    dials: int = 0


class Report(Struct):
    """A whole run. Times are this machine's, in ms since 1970 UTC."""

    exam: str
    seed: int
    started_at: int
    ended_at: int = 0
    people: list[Seated] = []
    monitor: Watched | None = None
    acked: int = 0
    resumed: int = 0
    monitor_deltas: int = 0
    violations: int = 0
    troubles: dict[str, int] = {}


def tell(seated: Seated, ledgers: Iterable[Ledger]) -> None:
    """Put together what the ledgers of one candidate's devices and processes say."""
    commands: dict[str, AckedCommand] = {}
    answers: dict[tuple[str, str, int], AckedAnswer] = {}
    for ledger in ledgers:
        commands.update({command.id: command for command in ledger.commands})
        answers.update({(a.item, a.lease, a.seq): a for a in ledger.answers})
        seated.repeats += ledger.repeats
    merged = Ledger(list(answers.values()))
    seated.latest = merged.latest()
    seated.commands = list(commands.values())
    seated.acked = len(answers)
    seated.superseded = sum(answer.superseded for answer in answers.values())
    seated.late = sum(answer.late for answer in answers.values())


def add_up(report: Report) -> None:
    """Fill in the totals."""
    report.acked = sum(person.acked for person in report.people)
    report.resumed = sum(person.resumed for person in report.people)
    report.violations = sum(c.event == "violation" for p in report.people for c in p.commands)
    for person in report.people:
        for code, times in person.troubles.items():
            report.troubles[code] = report.troubles.get(code, 0) + times
    if report.monitor is not None:
        report.monitor_deltas = report.monitor.deltas


def write(report: Report, path: Path) -> None:
    """Write it whole or not at all: who reads it never sees half of one."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    beside.replace(path)


def read(path: Path) -> Report:
    """A report that was written. Raises OSError, msgspec.ValidationError."""
    return msgspec.json.decode(path.read_bytes(), type=Report)

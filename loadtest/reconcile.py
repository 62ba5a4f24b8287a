"""The bots' own record of acks against what Postgres holds: was an acked answer lost? (pure)

    python -m loadtest.reconcile REPORT.json EXPORT.ndjson

prints the findings as JSON and exits 1 if anything acked is not there. The export is
`GET /admin/exams/{exam}/export`, or the same lines from anywhere else. Run it when the flush has
caught up, or after the server has stopped.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from loadtest.client.ledger import AckedAnswer, AckedCommand
from loadtest.report import Report, Seated, read
from protocol.http import ExportedAttempt, ExportedResponse
from protocol.paper import Response
from protocol.types import OPEN_STATES


class Findings(Struct):
    """What the comparison found. Lists name `candidate item`, or `candidate command id`.

    `lost` counts acked answers that Postgres does not hold: `missing`, `older` (it holds an older
    version) and `different` (it holds another value under the same version). `newer` is no loss:
    something later stands. `late` names answers acked as in time and stored as late, or the other
    way round; `commands` acked commands without their effect; `duplicates` signals stored twice.
    """

    acked: int = 0
    compared: int = 0
    lost: int = 0
    newer: int = 0
    missing: list[str] = []
    older: list[str] = []
    different: list[str] = []
    late: list[str] = []
    duplicates: list[str] = []
    commands: list[str] = []
    unknown: list[str] = []

    @property
    def ok(self) -> bool:
        """Whether everything that was acked is there, once, and as it was acked."""
        return not (self.lost or self.late or self.duplicates or self.commands or self.unknown)


def reconcile(report: Report, exported: Iterable[ExportedAttempt]) -> Findings:
    """Compare every candidate's record with the attempt that was exported for him."""
    attempts = {attempt.candidate: attempt for attempt in exported}
    findings = Findings(acked=sum(person.acked for person in report.people))
    for person in report.people:
        attempt = attempts.get(person.candidate)
        if attempt is not None:
            _attempt(person, attempt, findings)
        elif person.latest or person.commands:
            findings.unknown.append(person.candidate)
            findings.lost += len(person.latest)
    return findings


def _attempt(person: Seated, attempt: ExportedAttempt, findings: Findings) -> None:
    for item, acked in person.latest.items():
        findings.compared += 1
        _answer(f"{person.candidate} {item}", acked, attempt.responses.get(item), findings)
    stored = Counter(attempt.violations)
    findings.duplicates += [f"{person.candidate} {id_}" for id_, n in stored.items() if n > 1]
    for command in person.commands:
        if not _took_effect(command, attempt):
            findings.commands.append(f"{person.candidate} {command.event} {command.id}")


def _answer(
    name: str, acked: AckedAnswer, stored: ExportedResponse | None, findings: Findings
) -> None:
    if stored is None:
        findings.missing.append(name)
    elif (stored.lease, stored.seq) < acked.version:
        findings.older.append(name)
    elif (stored.lease, stored.seq) > acked.version:
        findings.newer += 1
        return
    elif not same(stored.response, acked.response):
        findings.different.append(name)
    elif stored.late != acked.late:
        findings.late.append(name)
        return
    else:
        return
    findings.lost += 1


def same(one: Response, other: Response) -> bool:
    """Whether two responses are the same JSON value: 1 and 1.0 are, true and 1 are not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _took_effect(command: AckedCommand, attempt: ExportedAttempt) -> bool:
    """Whether an acked command can be seen in the attempt, as far as an export shows it."""
    match command.event:
        case "violation":
            return command.id in attempt.violations
        case "start":
            return attempt.started_at == command.started_at
        case "submit":
            return attempt.state not in OPEN_STATES
    return True


def main(arguments: list[str]) -> int:
    """0: all is there; 1: something is not; 2: wrong arguments."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    report = read(Path(arguments[0]))
    lines = Path(arguments[1]).read_bytes().splitlines()
    exported = [msgspec.json.decode(line, type=ExportedAttempt) for line in lines if line.strip()]
    findings = reconcile(report, exported)
    print(msgspec.json.format(msgspec.json.encode(findings), indent=2).decode())
    return 0 if findings.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

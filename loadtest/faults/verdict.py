"""What came of one row, and whether its promises were kept (pure).

The invariant behind all rows: nothing that was acked is missing, older, different or twice in the
export after recovery, and no row of Postgres ever went back to an older version.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from loadtest.reconcile import Findings
from loadtest.report import Report
from protocol.http import ExportedAttempt

LOSS_WINDOW_MS = 2_000
"""The stated limit (README): an answer is durable within the flush's two seconds of its ack."""
NAMED_MAX = 5


class Recovery(Struct, frozen=True):
    """From the end of a fault: until everybody had another ack, until all before was durable.

    None: it did not happen in time. `waited_s`: so long, meanwhile, processes had no core.
    """

    acking_s: float | None
    durable_s: float | None
    waited_s: float = 0.0


class Evidence(Struct):
    """All that a row has seen. `claims` are invariants of its own that did not hold."""

    findings: Findings = field(default_factory=Findings)
    lost_ages_ms: list[int] = []
    """How long before the fault the answers were acked that are lost: for who never came back."""
    recoveries: list[Recovery] = []
    regressed: list[str] = []
    claims: list[str] = []
    refused: list[str] = []
    late: int = 0
    not_home: list[str] = []
    """Who held something not durable in the end, although everything had been repaired."""
    patience: float = 1.0
    """How much slower than a quiet one the machine is."""
    slack_s: float = 0.0
    """How long this program itself stood still: allowed to others, too."""


class Expected(Struct, frozen=True):
    """What a row allows. `within_s`: recovery. `idle_within_s`: until processes hold nothing more
    of clients who have gone. `loses`: its clients never return, so what the stated limit names may
    be lost; all other rows lose nothing."""

    within_s: float = 20.0
    idle_within_s: float = 10.0
    loses: bool = False
    refuses: bool = False
    is_late: bool = False


class Told(Struct):
    """A row's line, and its part of the JSON. `skipped` says what is missing here."""

    fault: str
    seed: int = 0
    acked: int = 0
    lost: int = 0
    refused: int = 0
    late: int = 0
    recovery_s: float | None = None
    durable_s: float | None = None
    seconds: float = 0.0
    figures: dict[str, float | int | str] = {}
    broken: list[str] = []
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing was broken; a row that did not run has broken nothing."""
        return not self.broken


class Summary(Struct, omit_defaults=True):
    """What came of all rows; `rows` is left out where only this is wanted."""

    ok: bool
    seed: int
    seconds: int
    ran: int
    acked: int
    lost: int
    broken: list[str]
    skipped: list[str]
    rows: list[Told] = []


def summary(told: list[Told], seed: int, seconds: int) -> Summary:
    """Everything added up; rows are named once, however often they ran."""
    ran = [row for row in told if not row.skipped]
    broken = list(dict.fromkeys(row.fault for row in ran if not row.ok))
    acked, lost = sum(row.acked for row in ran), sum(row.lost for row in ran)
    skipped = [row.fault for row in told if row.skipped]
    return Summary(not broken, seed, seconds, len(ran), acked, lost, broken, skipped, told)


def judge(expected: Expected, seen: Evidence) -> list[str]:
    """Every invariant that does not hold, as a sentence."""
    broken = [*seen.claims, *of_findings(expected, seen)]
    if seen.regressed:
        broken.append(f"Postgres went back to older versions: {named(seen.regressed)}")
    broken += of_recovery(expected, seen)
    if seen.not_home:
        broken.append(f"not durable although all was repaired: {named(seen.not_home)}")
    if seen.refused and not expected.refuses:
        broken.append(f"refused for good: {named(seen.refused)}")
    if seen.late and not expected.is_late:
        broken.append(f"{seen.late} answers were acked as late, long before any deadline")
    return broken


def of_findings(expected: Expected, seen: Evidence) -> list[str]:
    """What the comparison with the export says."""
    found = seen.findings
    broken = []
    missing = [*found.missing, *found.older]
    if missing and not expected.loses:
        broken.append(f"acked and lost: {named(missing)}")
    if expected.loses:
        limit_ms = LOSS_WINDOW_MS * seen.patience + seen.slack_s * 1_000
        old = [f"{age} ms" for age in seen.lost_ages_ms if age > limit_ms]
        if old:
            broken.append(f"lost although acked more than two seconds before: {named(old)}")
    for what, names in (
        ("stored with another value than was acked", found.different),
        ("acked as in time and stored as late, or the other way round", found.late),
        ("stored twice", found.duplicates),
        ("acked commands without their effect", found.commands if not expected.loses else []),
        ("candidates without an attempt", found.unknown),
    ):
        if names:
            broken.append(f"{what}: {named(names)}")
    return broken


def of_recovery(expected: Expected, seen: Evidence) -> list[str]:
    """Whether everybody went on, and all became durable, within the row's limit."""
    broken = []
    for recovery in seen.recoveries:
        limit_s = expected.within_s * seen.patience + seen.slack_s + recovery.waited_s
        for what, seconds in (
            ("everybody had an ack again", recovery.acking_s),
            ("all was durable", recovery.durable_s),
        ):
            if seconds is None or seconds > limit_s:
                took = "never" if seconds is None else f"{seconds:.1f} s"
                broken.append(f"it took {took} until {what}, at most {limit_s:.0f} s")
    return broken


def named(names: Iterable[str]) -> str:
    """The first few, and how many there are."""
    every = list(names)
    more = f" and {len(every) - NAMED_MAX} more" if len(every) > NAMED_MAX else ""
    return ", ".join(every[:NAMED_MAX]) + more


def lost_ages_ms(report: Report, findings: Findings, struck_at: int) -> list[int]:
    """Of each lost answer: how long before the fault it was acked (less than 0: after it)."""
    latest = {
        f"{person.candidate} {item}": answer
        for person in report.people
        for item, answer in person.latest.items()
    }
    lost = [*findings.missing, *findings.older]
    return [struck_at - latest[name].saved_at for name in lost]


Versions = dict[tuple[str, str], tuple[str, int]]
"""(attempt, item) -> (lease, seq), as an export had it."""


def versions(exported: Iterable[ExportedAttempt]) -> Versions:
    """What stands for each item."""
    return {
        (attempt.attempt, item): (held.lease, held.seq)
        for attempt in exported
        for item, held in attempt.responses.items()
    }


def regressions(before: Versions, after: Versions) -> list[str]:
    """Items that are gone, or have an older version than an earlier export had."""
    return [
        f"{attempt} {item}"
        for (attempt, item), version in before.items()
        if after.get((attempt, item), ("", 0)) < version
    ]

"""What came of a run (pure): one JSON object, and the table for people."""

from msgspec import Struct, field

from loadtest.reconcile import Findings
from loadtest.report import Report
from loadtest.swarm.rows import Rows
from loadtest.swarm.thresholds import Correct, Thresholds, broken, figures

REASONS_SHOWN_MAX = 5
NAMES_SHOWN_MAX = 5


class RowTold(Struct, frozen=True):
    """One row of the table. Durations are in ms, of what went well; `per_s` over the whole run."""

    row: str
    count: int
    failures: int
    per_s: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    reasons: dict[str, int] = {}


class Facts(Struct, frozen=True):
    """What is known of a run besides its rows."""

    exam: str
    url: str
    shape: str
    candidates: int
    examiners: int
    seconds: float
    seated: int = 0
    gaps: int = 0
    cuts: int = 0
    under_way_when_cut: int = 0
    clock_offset_ms: float = 0.0
    clock_error_ms: float = 0.0
    generator_short_of_cpu: bool = False
    stopped_early: bool = False
    troubles: list[str] = []
    """What kept the run from being measured as it should: each fails it."""


class Outcome(Struct):
    """`ok`: everything acked is there, and every threshold was kept."""

    ok: bool
    facts: Facts
    correct: Correct
    answers_acked: int
    resumed: int
    rows: list[RowTold]
    broken: list[str]
    findings: Findings | None = None
    server_cpu_s: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def cut_short(self) -> bool:
        """Stopped early, and nothing that was acknowledged until then was wrong."""
        found = self.correct
        wrong = found.lost or found.duplicates or found.late or found.commands or found.unknown
        return self.facts.stopped_early and self.findings is not None and not wrong


def outcome(
    facts: Facts, rows: Rows, report: Report, findings: Findings | None, limits: Thresholds
) -> Outcome:
    """Judge a run. `findings` is None if the export could not be read: then nothing is proven."""
    counts = count(facts, report, findings)
    faults = [*facts.troubles, *broken(limits, rows, counts)]
    if findings is None:
        faults.append("what was acknowledged could not be compared with the export")
    table = [told(name, rows, facts.seconds) for name in sorted(rows.rows)]
    return Outcome(
        not faults,
        facts,
        counts,
        report.acked,
        report.resumed,
        table,
        faults,
        findings,
        notes=notes(facts),
    )


def count(facts: Facts, report: Report, findings: Findings | None) -> Correct:
    """How many of each kind of defect there were."""
    found = findings or Findings()
    return Correct(
        lost=found.lost,
        duplicates=len(found.duplicates),
        late=max(sum(person.late for person in report.people), len(found.late)),
        commands=len(found.commands),
        unknown=len(found.unknown),
        unacked=sum(person.pending for person in report.people),
        not_seated=max(facts.candidates - facts.seated, 0),
        gaps=facts.gaps,
    )


def told(name: str, rows: Rows, seconds: float) -> RowTold:
    """A row as it is shown."""
    row = rows.get(name)
    rounded = {key: None if ms is None else round(ms, 2) for key, ms in figures(row).items()}
    per_s = round(row.count / seconds, 2) if seconds > 0 else 0.0
    return RowTold(name, row.count, row.failed, per_s, reasons=row.failures, **rounded)


def notes(facts: Facts) -> list[str]:
    """What a reader of the figures should know."""
    found = []
    if facts.stopped_early:
        found.append("Stopped before its time: the figures are of what was done until then.")
    if facts.generator_short_of_cpu:
        found.append(
            "The load test was short of CPU: the times are its own too. "
            "Use --processes, or a machine of its own."
        )
    if abs(facts.clock_offset_ms) > 1:
        found.append(
            f"Fan-out is on the server's clock, {facts.clock_offset_ms:.1f} ms from ours "
            f"(give or take {facts.clock_error_ms:.1f} ms)."
        )
    return found


def table(result: Outcome) -> str:
    """All of it, for people."""
    facts = result.facts
    lines = [
        f"{facts.shape}: {facts.seated} of {facts.candidates} candidates, {facts.examiners} "
        f"examiners, {facts.seconds:.0f} s, {facts.url}, exam {facts.exam}",
        "",
        f"{'row':24}{'count':>9}{'failed':>8}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}{'per s':>9}",
        *(line(row) for row in result.rows),
        "",
        *(text for row in result.rows for text in reasons(row)),
        checked(result),
        *cpu(result),
        *result.notes,
        "",
    ]
    if result.ok:
        return "\n".join([*lines, "Everything acknowledged is there; every threshold was kept."])
    heading = "Not reached:" if result.cut_short else "NOT IN ORDER:"
    return "\n".join([*lines, heading, *(f"  {fault}" for fault in result.broken)])


def cpu(result: Outcome) -> list[str]:
    """What our own server has used; all of it counts, joins and heartbeats too."""
    if result.server_cpu_s is None or not result.answers_acked:
        return []
    each_us = result.server_cpu_s * 1e6 / result.answers_acked
    share = result.server_cpu_s / max(result.facts.seconds, 1)
    return [
        f"The server used {result.server_cpu_s:.1f} s of processor time ({share:.0%} of a core), "
        f"{each_us:.0f} us for each answer, all else included."
    ]


def line(row: RowTold) -> str:
    """One line of the table; times in ms."""
    times = (row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms)
    shown = "".join(f"{'-' if ms is None else format(ms, '.1f'):>9}" for ms in times)
    return f"{row.row:24}{row.count:>9}{row.failures:>8}{shown}{row.per_s:>9.1f}"


def reasons(row: RowTold) -> list[str]:
    """Why things of this row failed, the most frequent first."""
    found = sorted(row.reasons.items(), key=lambda pair: -pair[1])[:REASONS_SHOWN_MAX]
    return [f"  {row.row} failed: {times} x {why}" for why, times in found]


def checked(result: Outcome) -> str:
    """What was compared, and what was found."""
    counts, found = result.correct, result.findings
    if found is None:
        return "Nothing was compared with the export."
    lines = [
        f"{result.answers_acked} answers acknowledged, {found.compared} that stand compared with "
        f"the export: lost {counts.lost}, duplicates {counts.duplicates}, late {counts.late}, "
        f"commands without effect {counts.commands}, never acknowledged {counts.unacked}; "
        f"{result.resumed} resumed, {result.facts.cuts} connections cut by us.",
    ]
    for kind in ("missing", "older", "different", "late", "duplicates", "commands", "unknown"):
        names: list[str] = getattr(found, kind)
        more = f" and {len(names) - NAMES_SHOWN_MAX} more" * (len(names) > NAMES_SHOWN_MAX)
        lines += [f"  {kind}: {', '.join(names[:NAMES_SHOWN_MAX])}{more}"] * bool(names)
    return "\n".join(lines)

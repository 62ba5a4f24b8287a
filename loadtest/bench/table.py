"""A result as people read it (pure)."""

from collections.abc import Mapping

from loadtest.bench.figures import Spread
from loadtest.bench.result import OURS, Result

CLOSED = (
    ("cpu_us", "CPU us/ack", 1),
    ("acks_per_s", "acks/s", 0),
    ("p50_ms", "p50 ms", 1),
    ("p99_ms", "p99 ms", 1),
    ("server_busy", "core busy", 2),
    ("server_share", "of it server", 2),
    ("other_busy", "2nd core", 2),
)
OPEN = (
    ("cpu_us", "CPU us/ack", 1),
    ("p50_ms", "p50 ms", 2),
    ("p95_ms", "p95 ms", 2),
    ("p99_ms", "p99 ms", 2),
    ("held", "held", 2),
    ("server_share", "server", 2),
    ("other_busy", "2nd core", 2),
)
IDLE = (("server_share", "server", 3), ("other_busy", "2nd core", 2))
REST = (
    ("memory_kb", "KB/connection", 1),
    ("joins_per_s", "joins/s", 0),
    ("flush.cpu_us", "flush us/fact", 1),
    ("flush.facts_per_s", "flushed/s", 0),
)
Columns = tuple[tuple[str, str, int], ...]


def table(result: Result) -> str:
    """All of it: the closed loop, each rate, the rest, the ratios, the remarks."""
    plan = result.plan
    parts = [
        f"{result.machine.processor}, {result.machine.cores} cores, {result.machine.system}; "
        f"load before {result.machine.load_before}",
        f"{plan.candidates} candidates, {plan.examiners} examiners; medians of {result.rounds} "
        f"alternating rounds (lowest-highest); windows of {plan.window_ms / 1000:g} s",
        section(result, "Closed loop, one answer of everybody under way", "closed", CLOSED),
    ]
    for window, (rate, flushing) in plan.windows().items():
        title = f"Open loop, {rate:,} answers/s, latency from the time each was due"
        beside = "; flusher and Postgres at work on the second core" if flushing else ""
        parts.append(section(result, title + beside, window, OPEN))
    if plan.idle_ms:
        parts.append(section(result, "Heartbeats and pings alone", "idle", IDLE))
    parts.append(section(result, "Besides", "", REST))
    if result.redis_us:
        found = ", ".join(f"{depth}: {us:g} us" for depth, us in result.redis_us.items())
        parts.append(f"Valkey alone, CPU for one save by saves in a pipeline: {found}")
    parts += [ratio_lines(name, found) for name, found in result.ratios.items()]
    parts += [
        f"{name}: {remark}"
        for name, standing in result.contestants.items()
        for remark in standing.remarks
    ]
    parts.append(
        f"{result.acked:,} acks checked; {result.compared:,} of them, each candidate's last for "
        "each item, found in the export."
    )
    return "\n\n".join(part for part in parts if part)


def section(result: Result, title: str, prefix: str, columns: Columns) -> str:
    """One table: a line for each contestant."""
    rows = [["", *(label for _, label, _ in columns)]]
    for name, standing in result.contestants.items():
        cells = [
            cell(standing.figures.get(f"{prefix}.{key}" if prefix else key), digits)
            for key, _, digits in columns
        ]
        if any(cells):
            rows.append([name, *cells])
    return "\n".join([title, *aligned(rows)]) if len(rows) > 1 else ""


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines: names to the left, all else to the right under its heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for name, *cells in rows:
        numbers = [text.rjust(width) for text, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *numbers]).rstrip())
    return lines


def cell(value: Spread | None, digits: int) -> str:
    """`8.1 (8.0-8.3)`; nothing if it was not measured."""
    if value is None:
        return ""
    if value.rounds == 1:
        return f"{value.median:,.{digits}f}"
    return f"{value.median:,.{digits}f} ({value.low:,.{digits}f}-{value.high:,.{digits}f})"


def ratio_lines(name: str, found: Mapping[str, Spread]) -> str:
    """Ours over a peer's: below 1 is less."""
    cells = [f"  {key:<22}{cell(value, 2)}" for key, value in found.items()]
    return "\n".join([f"{OURS} over {name}, paired by round", *cells]) if cells else ""


def against(baseline: Result, result: Result) -> str:
    """This run over the baseline, in ratios, by contestant: what has become dearer or cheaper."""
    lines = [f"Over the baseline of {baseline.made_at} (another day, perhaps another machine)"]
    crowd = baseline.plan.candidates
    if crowd != result.plan.candidates:
        lines[0] += f", which had {crowd} candidates"
    for name, standing in result.contestants.items():
        before = baseline.contestants.get(name)
        if before is None:
            continue
        cells = [
            f"{key} {standing.figures[key].median / before.figures[key].median:.2f}"
            for key in standing.figures
            if key.endswith(("cpu_us", "p99_ms", "memory_kb"))
            and key in before.figures
            and before.figures[key].median
        ]
        lines.append(f"  {name}: " + ", ".join(cells))
    return "\n".join(lines) if len(lines) > 1 else ""

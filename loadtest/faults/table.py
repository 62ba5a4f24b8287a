"""The drill's table (pure): one line per row, what was broken below it."""

from collections.abc import Sequence

from loadtest.faults.verdict import Told

HEAD = ("fault", "acked", "lost", "refused", "late", "back s", "durable s", "took s", "")
WIDTHS = (34, 8, 6, 9, 6, 8, 11, 8)


def table(rows: Sequence[Told]) -> str:
    """All of it, for people."""
    return "\n".join([line(HEAD), *(row_line(row) for row in rows), "", last_word(rows)])


def row_line(row: Told) -> str:
    """A row, and under it what it broke, or why it did not run."""
    if row.skipped:
        return f"{row.fault:{WIDTHS[0]}} SKIPPED: {row.skipped}"
    cells = (
        row.fault,
        str(row.acked),
        str(row.lost),
        str(row.refused),
        str(row.late),
        seconds(row.recovery_s),
        seconds(row.durable_s),
        f"{row.seconds:.0f}",
        "" if row.ok else "BROKEN",
    )
    return "\n".join([line(cells), *(f"    {fault}" for fault in row.broken)])


def line(cells: Sequence[str]) -> str:
    """Cells side by side, the first to the left, the others to the right."""
    first, *others = cells
    shown = "".join(f"{cell:>{width}}" for cell, width in zip(others[:-1], WIDTHS[1:], strict=True))
    return f"{first:{WIDTHS[0]}}{shown}  {others[-1]}".rstrip()


def seconds(value: float | None) -> str:
    """One digit, or a dash where there is nothing to recover from."""
    return "-" if value is None else f"{value:.1f}"


def last_word(rows: Sequence[Told]) -> str:
    """How it went altogether."""
    ran = [row for row in rows if not row.skipped]
    bad = [row.fault for row in ran if not row.ok]
    acked, lost = sum(row.acked for row in ran), sum(row.lost for row in ran)
    said = f"{len(ran)} rows, {acked} answers acked, {lost} lost."
    skipped = [row for row in rows if row.skipped]
    if skipped:
        said += f" NOT RUN: {', '.join(row.fault for row in skipped)}."
    if bad:
        return f"{said} BROKEN: {', '.join(dict.fromkeys(bad))}."
    return f"{said} Every invariant held."

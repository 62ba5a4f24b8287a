"""The outcome of `--reach`: one JSON object, and how people read it (pure)."""

from collections.abc import Sequence

from msgspec import Struct

from loadtest.bench.machine import Machine
from loadtest.bench.reach.row import Measured
from loadtest.bench.table import aligned


class Reached(Struct):
    """All rows. `wrong`: rows in which something acknowledged was wrong or lost, with what;
    `not_run`: rows that could not be measured, with why."""

    made_at: str
    machine: Machine
    repeats: int
    rows: list[Measured]
    wrong: dict[str, str] = {}
    not_run: dict[str, str] = {}


def table(reached: Reached) -> str:
    """All of it, for people."""
    machine = reached.machine
    parts = [
        f"{machine.processor}, {machine.cores} cores, {machine.system}; "
        f"load before {machine.load_before}; medians of {reached.repeats} (lowest-highest)",
        "\n".join(aligned([["", "measured", "goal", ""], *map(cells, reached.rows)])),
        *map(told, reached.rows),
        *(f"{name}: NOT MEASURED: {why}" for name, why in reached.not_run.items()),
        *(f"{name}: WRONG: {what}" for name, what in reached.wrong.items()),
    ]
    return "\n\n".join(parts)


def cells(row: Measured) -> list[str]:
    """Its line in the table."""
    low, high = (shown(value) for value in row.spread)
    range_ = "" if low == high else f" ({low}-{high})"
    figure = f"{shown(row.figure)}{range_} {row.unit}"
    return [row.name, figure, row.goal, "met" if row.met else "not met"]


def told(row: Measured) -> str:
    """What it is, its further figures and its remarks."""
    also = [f"  {name.ljust(width(row.also))}  {shown(n)}" for name, n in row.also.items()]
    return "\n".join([f"{row.name}: {row.what}", *also, *(f"  ! {r}" for r in row.remarks)])


def width(names: dict[str, float]) -> int:
    """Of the longest name."""
    return max(map(len, names), default=0)


def shown(value: float) -> str:
    """Three digits, or as many as are before the point: `0.123`, `4.56`, `12,345`."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}"


def exit_code(reached: Reached) -> int:
    """0: all was measured; 1: something acknowledged was wrong; 2: a row could not be run."""
    return 1 if reached.wrong else 2 if reached.not_run else 0


def choose(asked: str, known: Sequence[str]) -> list[str]:
    """The rows named, with commas, or `all`, in the table's order. Raises KeyError for others."""
    names = list(known) if asked == "all" else asked.split(",")
    if unknown := [name for name in names if name not in known]:
        raise KeyError(f"there is no {', '.join(unknown)}; there are: all, {', '.join(known)}.")
    return [name for name in known if name in names]

"""Which faults have fallen at which commands, over a whole run: the table, and what is missing."""

from collections import Counter
from collections.abc import Iterator

from tests.simulation.points import CELLS, FAULTS, POINTS

LONG_SEEDS = 4_000
"""From so many seeds on no cell may be empty; the rarest is hit about three times in a thousand."""


def table(seen: Counter[str]) -> Iterator[str]:
    """A row per kind of command: how often it left a process, and how often what befell it."""
    width = max(map(len, POINTS)) + 1
    yield "command".ljust(width) + "".join(each.rjust(10) for each in ("passed", *_short()))
    for point, faults in POINTS.items():
        cells = (str(seen[f"{point}: {fault}"]) if fault in faults else "-" for fault in FAULTS)
        yield point.ljust(width) + "".join(
            each.rjust(10) for each in (str(seen[f"passed {point}"]), *cells)
        )


def missing(seen: Counter[str]) -> list[str]:
    """The cells that nothing has hit."""
    names = (f"{point}: {fault}" for point, fault in CELLS)
    return [name for name in names if not seen[name]]


def unknown(seen: Counter[str]) -> list[str]:
    """Commands that left a process and are no points: the table lacks them."""
    passed = (name.removeprefix("passed ") for name in seen if name.startswith("passed "))
    return sorted(name for name in passed if name not in POINTS and name not in UNTABLED)


def is_cell(name: str) -> bool:
    """Whether this is counted in the table."""
    return name.startswith("passed ") or name.rpartition(":")[0] in POINTS


UNTABLED = frozenset({"news ResultsTold"})
"""Told of results, which nothing in the simulation releases."""


def _short() -> list[str]:
    return [fault.replace("before", "<").replace("after", ">") for fault in FAULTS]

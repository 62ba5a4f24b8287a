"""All rows of the drill by name, and which of them a run takes (pure)."""

from loadtest.faults import (
    balanced_rows,
    client_rows,
    clock_rows,
    crowd_rows,
    monitor_rows,
    postgres_rows,
    process_rows,
    redis_ill_rows,
    redis_rows,
    replica_rows,
    takeover_rows,
)
from loadtest.faults.drill import Row


def dashed(name: str) -> str:
    """A row's name as it is typed."""
    return name.replace(" ", "-")


ROWS: dict[str, Row] = {
    dashed(row.name): row
    for row in (
        *postgres_rows.ROWS,  # the longest are begun first
        *client_rows.ROWS,
        *process_rows.ROWS,
        *redis_rows.ROWS,
        *redis_ill_rows.ROWS,
        *replica_rows.ROWS,
        *takeover_rows.ROWS,
        *clock_rows.ROWS,
        *monitor_rows.ROWS,
        *crowd_rows.ROWS,
        *balanced_rows.ROWS,
    )
}


class NoSuchRow(Exception):
    """A name in --only that no row has."""


def chosen(only: str, *, short: bool) -> list[Row]:
    """The rows to run: those named (dashes stand for spaces), or the short ones, or all.

    Raises NoSuchRow.
    """
    if not only:
        return [row for row in ROWS.values() if row.short or not short]
    names = [dashed(name.strip()) for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise NoSuchRow(f"There is no row {', '.join(unknown)}; --list names them all.")
    return [ROWS[name] for name in names]


def listing() -> str:
    """Every row with what it does; those of the short selection have a star."""
    return "\n".join(
        f"{'*' if row.short else ' '} {name:34} {row.says}" for name, row in ROWS.items()
    )

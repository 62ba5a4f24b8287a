"""What a run must keep to (pure): limits from a TOML file, by row, and what broke them."""

import difflib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field, structs

from loadtest.swarm.rows import CALL, CONNECTION, FAN_OUT, GENERATOR, HEARD, OURS, Row, Rows
from loadtest.swarm.stopwatch import LISTED
from protocol.from_server import ACKS, EVENTS_TO_CANDIDATE, EVENTS_TO_EXAMINER

DEFAULT = "default"
Count = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[float, Meta(gt=0)]

KNOWN_ROWS = (
    *(f"{CONNECTION} {name}" for name in ("connect", "reconnect", "back", "lost")),
    f"{CONNECTION} examiner connect",
    *(f"{CALL} {name}" for name in (*ACKS["/exam"], LISTED, "resume", *ACKS["/monitor"])),
    *(f"{HEARD} {name}" for name in EVENTS_TO_CANDIDATE),
    *(f"{HEARD} examiner {name}" for name in EVENTS_TO_EXAMINER),
    *(f"{FAN_OUT} {name}" for name in ("progress", "violation", "hand", "notice")),
    f"{GENERATOR} slip",
    f"{OURS} candidate",
    f"{OURS} handler",
    f"{OURS} task",
)


class BadThresholds(Exception):
    """The file of thresholds cannot be used: what is wrong with it, and what would be right."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one row; what is not named is not limited, but for `failures` (see `rows.default`)."""

    count_min: Count | None = None
    failures: Count | None = None
    p50_ms: Milliseconds | None = None
    p95_ms: Milliseconds | None = None
    p99_ms: Milliseconds | None = None
    max_ms: Milliseconds | None = None


class Correct(Struct, frozen=True, forbid_unknown_fields=True):
    """How many of each kind of defect are put up with."""

    lost: Count = 0
    duplicates: Count = 0
    late: Count = 0
    commands: Count = 0
    unknown: Count = 0
    unacked: Count = 0
    not_seated: Count = 0
    gaps: Count = 0


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    correct: Correct = Correct()
    rows: dict[str, Limits] = field(default_factory=dict)


def read(text: str) -> Thresholds:
    """Raises BadThresholds, also for a row that no run can have: it would never be checked."""
    try:
        found = msgspec.toml.decode(text, type=Thresholds)
    except msgspec.MsgspecError as error:
        raise BadThresholds(str(error)) from error
    for name in found.rows:
        if name not in (*KNOWN_ROWS, DEFAULT):
            close = difflib.get_close_matches(name, KNOWN_ROWS, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(KNOWN_ROWS)}"
            raise BadThresholds(f"there is no row {name!r}; {hint}")
    return found


def broken(thresholds: Thresholds, rows: Rows, counts: Correct) -> list[str]:
    """A sentence for each limit that was not kept. `counts`: what was found, by the same names."""
    found = [
        f"{name}: {actual}, at most {limit}"
        for name, limit in structs.asdict(thresholds.correct).items()
        if (actual := getattr(counts, name)) > limit
    ]
    usual = thresholds.rows.get(DEFAULT, Limits(failures=0))
    for name in sorted({*rows.rows, *thresholds.rows} - {DEFAULT}):
        limits = thresholds.rows.get(name, Limits())
        found += [f"{name}: {said}" for said in _row(limits, usual, rows.get(name))]
    return found


def _row(limits: Limits, usual: Limits, row: Row) -> list[str]:
    found = []
    failures = usual.failures if limits.failures is None else limits.failures
    if failures is not None and row.failed > failures:
        reasons = ", ".join(f"{times} x {why}" for why, times in row.failures.items())
        found.append(f"{row.failed} failures ({reasons}), at most {failures}")
    if limits.count_min is not None and row.count < limits.count_min:
        found.append(f"{row.count} measured, at least {limits.count_min}")
    for key, actual in figures(row).items():
        limit = getattr(limits, key)
        if limit is not None and actual is not None and actual > limit:
            found.append(f"{key} is {actual:.1f}, at most {limit:g}")
    return found


def figures(row: Row) -> dict[str, float | None]:
    """What a table shows of a row's durations, and limits speak of; None where there are none."""
    timed = row.timed
    return {
        "p50_ms": timed.percentile(50),
        "p95_ms": timed.percentile(95),
        "p99_ms": timed.percentile(99),
        "max_ms": timed.max_ms if timed.count else None,
    }

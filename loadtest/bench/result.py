"""The outcome of a benchmark: one JSON object, read again as the baseline of later runs (pure)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from loadtest.bench import figures
from loadtest.bench.figures import Figures, Spread
from loadtest.bench.machine import Machine
from loadtest.bench.rounds import Plan, Turn

OURS = "examsync"
TIMED_MIN = 1_000
"""Facts; a flush of fewer is over before it can be timed."""
LATENCY = ("p50_ms", "p95_ms", "p99_ms")


class Standing(Struct):
    """One contestant: its figures over all rounds, and what to know before believing them."""

    what: str
    figures: dict[str, Spread]
    remarks: list[str]


class Result(Struct):
    """A whole run. `ratios`: ours over each peer's, by peer and figure, paired by round."""

    made_at: str
    machine: Machine
    plan: Plan
    rounds: int
    contestants: dict[str, Standing]
    ratios: dict[str, dict[str, Spread]]
    acked: int
    compared: int
    """Acknowledged answers (the last of everybody to everything) looked up in the export."""
    redis_us: dict[str, float] = {}
    """The floor: CPU microseconds of Valkey for one save, by how many share a pipeline."""


def figures_of(turn: Turn, cores: tuple[int, int]) -> Figures:
    """All figures of one turn."""
    found = figures.named("closed", figures.of_window(turn.closed, *cores))
    for name, window in turn.opens.items():
        found |= figures.named(name, figures.of_window(window, *cores))
    found["memory_kb"] = turn.memory_bytes / 1024
    found["joins_per_s"] = turn.connected.of / turn.connected.seconds
    if turn.idle is not None:
        found |= figures.named("idle", figures.of_window(turn.idle, *cores))
    if turn.flushed and turn.flushed.timed >= TIMED_MIN:
        found["flush.cpu_us"] = 1e6 * turn.flushed.cpu_s / turn.flushed.timed
        found["flush.facts_per_s"] = turn.flushed.timed / turn.flushed.seconds
    return found


def summed(
    turns: Sequence[Turn],
    what: Mapping[str, str],
    plan: Plan,
    *,
    machine: Machine,
    cores: tuple[int, int],
    made_at: str,
) -> Result:
    """The result of all turns. `what`: each contestant in a sentence, in the order of the table."""
    by_name: dict[str, dict[int, Figures]] = {}
    for turn in turns:
        by_name.setdefault(turn.name, {})[turn.round] = figures_of(turn, cores)
    standings = {}
    for name in (name for name in what if name in by_name):
        found = figures.over_rounds(by_name[name].values())
        standings[name] = Standing(what[name], found, figures.remarks(found))
    ours = by_name.get(OURS, {})
    return Result(
        made_at,
        machine,
        plan,
        max((turn.round for turn in turns), default=0),
        standings,
        {
            name: figures.ratios(ours, theirs, compared(plan))
            for name, theirs in by_name.items()
            if name != OURS and ours
        },
        sum(windows_acked(turn) for turn in turns),
        sum(turn.ledger.compared for turn in turns if turn.ledger),
    )


def compared(plan: Plan) -> list[str]:
    """The figures that are worth a ratio."""
    windows = ["closed", *plan.windows()]
    names = [f"{window}.{name}" for window in windows for name in ("cpu_us", *LATENCY)]
    return [*names, "closed.acks_per_s", "memory_kb"]


def windows_acked(turn: Turn) -> int:
    """Acknowledgements in all rated windows of a turn."""
    return turn.closed.acked + sum(window.acked for window in turn.opens.values())

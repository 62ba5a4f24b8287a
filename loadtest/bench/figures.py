"""From what was measured to figures: a flat name for each, medians, spreads and ratios (pure).

Names: `closed.cpu_us` (CPU microseconds of the server process per acknowledged answer),
`closed.acks_per_s`, `open.5000.p99_ms`, `memory_kb`, `flush.cpu_us` and so on.
"""

from collections.abc import Iterable, Mapping
from statistics import median

from msgspec import Struct

from loadtest.bench.generator import Window

HELD_SHARE_MIN = 0.97
"""Of an open loop's answers, how many have to be acknowledged within the window."""
PUT_OFF_SHARE_MAX = 0.001
"""Of all answers, how many may be refused as to be tried again."""
BUSY_SHARE_MAX = 0.85
"""Of the generator's core: above that, latencies may be the generator's own."""


class Spread(Struct, frozen=True):
    """A figure over several rounds."""

    median: float
    low: float
    high: float
    rounds: int


Figures = dict[str, float]


def of_window(window: Window, server_core: int, other_core: int) -> Figures:
    """The figures of one window, without its name in front."""
    acked = max(window.acked, 1)
    server_s, redis_s = window.cpu_s["server"], window.cpu_s.get("redis", 0.0)
    return {
        "cpu_us": 1e6 * server_s / acked,
        "acks_per_s": window.acked / window.seconds,
        "p50_ms": window.latency.p50_us / 1e3,
        "p95_ms": window.latency.p95_us / 1e3,
        "p99_ms": window.latency.p99_us / 1e3,
        "redis_us": 1e6 * redis_s / acked,
        "generator_us": 1e6 * window.generator_s / acked,
        "lag_p99_ms": window.lag.p99_us / 1e3,
        "server_busy": window.busy.get(str(server_core), 0.0),
        "server_share": server_s / window.seconds,
        "other_busy": window.busy.get(str(other_core), 0.0),
        "held": min(1.0, window.acked / max(window.sent, 1)),
        "put_off": window.put_off / max(window.sent, 1),
    }


def named(prefix: str, figures: Figures) -> Figures:
    """The same figures, their window's name in front."""
    return {f"{prefix}.{name}": value for name, value in figures.items()}


def spread(values: Iterable[float]) -> Spread:
    """Median, lowest and highest; there has to be one value at least."""
    found = sorted(values)
    return Spread(median(found), found[0], found[-1], len(found))


def over_rounds(rounds: Iterable[Figures]) -> dict[str, Spread]:
    """Every figure over the rounds that have it."""
    found: dict[str, list[float]] = {}
    for figures in rounds:
        for name, value in figures.items():
            found.setdefault(name, []).append(value)
    return {name: spread(values) for name, values in found.items()}


def ratios(
    of: Mapping[int, Figures], to: Mapping[int, Figures], names: Iterable[str]
) -> dict[str, Spread]:
    """Of the named figures: one contestant's over another's, paired round by round.

    The machine drifts from round to round, and both drift with it.
    """
    found: dict[str, Spread] = {}
    for name in names:
        pairs = [
            of[round_][name] / to[round_][name]
            for round_ in sorted(of.keys() & to.keys())
            if name in of[round_] and to[round_].get(name)
        ]
        if pairs:
            found[name] = spread(pairs)
    return found


def remarks(figures: Mapping[str, Spread]) -> list[str]:
    """What a reader has to know of one contestant's figures before believing them."""
    found = []
    for name, value in figures.items():
        window, _, last = name.rpartition(".")
        if (
            last == "held"
            and window.startswith(("open.", "flushing."))
            and value.median < HELD_SHARE_MIN
        ):
            found.append(f"{window}: held only {value.median:.0%} of that rate")
        if last == "put_off" and value.median > PUT_OFF_SHARE_MAX:
            found.append(f"{window}: {value.median:.1%} of all answers were to be sent again later")
        if last == "other_busy" and value.median > BUSY_SHARE_MAX:
            found.append(f"{window}: the generator's core was {value.median:.0%} busy")
    return found

"""How fast one flusher brings answers to Postgres, and how far it is behind while they come."""

from collections.abc import Mapping

from loadtest.bench.generator import Generator, Window
from loadtest.bench.house import Flushed, House
from loadtest.bench.reach import seated
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.reach.seated import WARM_MS

PEOPLE = 5_000
EACH = 60
"""Answers of everybody before the flusher begins: a backlog of 300,000."""
WIDE = 300
PER_CORE_MIN = 20_000
LAG_S_MAX = 2.0
LAG_MS = 12_000
"""Several turns of the flusher, which come once a second."""
TIMED_SHARE_MIN = 0.5
LAG = "examsync_durable_lag_seconds"
BOUNDS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Of that histogram, as `examsync.infra.metrics` has them."""


def flush(run: Run) -> Measured:
    """The row."""
    people = run.people(PEOPLE)
    with run.house() as house:
        office = house.office()
        seats = seated.seats_for(office, house.folder, office.ensure_paper(), people)
        shared = {"EXAMSYNC_METRICS_DIRECTORY": str(house.folder / "metrics")}
        with (
            run.serving(house, **shared) as server,
            seated.joined(run, server, seats) as generator,
        ):
            rate = filled(run, generator)
            flushed = emptied(run, house)
            lag, window = lagging(house, server, generator, rate, shared)
            seated.prove(run, house, seats, generator)
    return row(flushed, lag, window, rate)


def lagging(
    house: House, server: Server, generator: Generator, rate: int, settings: Mapping[str, str]
) -> tuple[dict[float, float], Window]:
    """How far behind the flusher was in an open loop: its histogram. Raises Wrong, NotServed."""
    with seated.flushing(house, generator, settings):
        generator.open(rate, 0, WARM_MS)
        before = server.metrics()
        window = seated.sound("behind", generator.open(rate, 0, LAG_MS))
        after = server.metrics()
    return histogram(before, after), window


def filled(run: Run, generator: Generator) -> int:
    """The backlog; and the rate to ask for, as quickly as it came. Raises Wrong."""
    window = seated.sound("the backlog", generator.fill(EACH, WIDE))
    run.say(f"  {window.acked:,} answers in {window.seconds:.0f} s wait to be flushed")
    return seated.affordable(window.acked / window.seconds)


def emptied(run: Run, house: House) -> Flushed:
    """All of it in Postgres, by a flusher on the first core, where the server has next to nothing
    to do. Raises NotServed."""
    flushed = house.flush(house.contestant_cores)
    run.say(f"  {flushed.timed:,} of {flushed.facts:,} facts within {flushed.seconds:.1f} s")
    return flushed


def histogram(before: Mapping[str, float], after: Mapping[str, float]) -> dict[float, float]:
    """Facts by bound, cumulative, that came between two pages of metrics (pure)."""
    names = {bound: f'{LAG}_bucket{{le="{bound}"}}' for bound in BOUNDS_S}
    return {
        bound: after.get(name, 0.0) - before.get(name, 0.0) for bound, name in names.items()
    } | {float("inf"): after.get(f"{LAG}_count", 0.0) - before.get(f"{LAG}_count", 0.0)}


def share_within(found: Mapping[float, float], bound_s: float) -> float:
    """Which share of the facts was durable within so long; 0 of none (pure)."""
    return found[bound_s] / found[float("inf")] if found[float("inf")] else 0.0


def bound_of(found: Mapping[float, float], share: float) -> float:
    """The bound within which that share of them was durable, in seconds (pure)."""
    return next(bound for bound in found if found[bound] >= share * found[float("inf")])


def row(flushed: Flushed, lag: Mapping[float, float], window: Window, rate: int) -> Measured:
    """The figures (pure)."""
    cpu_us = 1e6 * flushed.cpu_s / max(flushed.timed, 1)
    per_core = 1e6 / cpu_us if cpu_us else 0.0
    p95_s = bound_of(lag, 0.95)
    also = {
        "CPU us/fact": cpu_us,
        "facts/s by the clock": flushed.timed / flushed.seconds if flushed.seconds else 0.0,
        "facts": float(flushed.facts),
        f"behind at {rate:,}/s, p95 within s": min(p95_s, 2 * BOUNDS_S[-1]),
        f"behind, share within {LAG_S_MAX:g} s": share_within(lag, LAG_S_MAX),
        f"behind, share within {LAG_S_MAX / 2:g} s": share_within(lag, LAG_S_MAX / 2),
    }
    return Measured(
        "flush",
        f"facts a second that one flusher brings to Postgres with a core to itself, from a backlog "
        f"of {flushed.facts:,}; and how far it is behind while {rate:,}/s come",
        per_core,
        "facts/s per core",
        f"at least {PER_CORE_MIN:,} a second; behind by less than {LAG_S_MAX:g} s (p95)",
        per_core >= PER_CORE_MIN and p95_s <= LAG_S_MAX,
        also=also,
        remarks=[*seated.remarks([window], rate), *timed(flushed)],
    )


def timed(flushed: Flushed) -> list[str]:
    """A remark if most of the backlog was gone before the clock was started."""
    if flushed.timed >= TIMED_SHARE_MIN * flushed.facts:
        return []
    return [f"only {flushed.timed:,} of {flushed.facts:,} facts were timed"]

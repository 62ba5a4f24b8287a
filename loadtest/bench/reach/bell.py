"""The bell rings: everybody who has joined starts, within seconds."""

from loadtest.bench.generator import Window
from loadtest.bench.reach.crowd import AT_ONCE, arrival, crowd, exported, remarks, seated
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run
from loadtest.bench.reach.seated import sound
from loadtest.bench.rounds import Wrong
from loadtest.soak.storm import longest
from protocol.http import ExportedAttempt

CANDIDATES, EACH_MS = 10_000, 1
"""10,000 within 10 s; fewer people start within as much less."""
P99_MS_MAX = 1_000


def bell(run: Run) -> Measured:
    """The row."""
    people = run.people(CANDIDATES)
    with run.house() as house:
        sitting = seated(run, house, people)
        with run.serving(house) as server, crowd(run, server, sitting) as generator:
            arrival(run, server, generator, AT_ONCE)
            before = server.metrics()
            window = sound("start", generator.start(EACH_MS * people))
            blocked_s = longest(before, server.metrics())
            house.flush()
        check(window, exported(house, sitting))
        house.office().archive(sitting.exam)
    return row(run, window, people, blocked_s)


def check(window: Window, found: list[ExportedAttempt]) -> None:
    """Raise Wrong unless every acknowledged start is in Postgres."""
    started = sum(one.started_at is not None for one in found)
    if started < window.acked:
        raise Wrong(f"{window.acked} starts were acknowledged, {started} attempts have started")


def row(run: Run, window: Window, people: int, blocked_s: float) -> Measured:
    """What it came to, against the goal."""
    latency, acked = window.latency, max(window.acked, 1)
    p99_ms = latency.p99_us / 1e3
    also = {
        "start p50 ms": latency.p50_us / 1e3,
        "start p95 ms": latency.p95_us / 1e3,
        "start most ms": latency.max_us / 1e3,
        "starts/s": window.acked / window.seconds,
        "CPU us/start": 1e6 * window.cpu_s["server"] / acked,
        "times told to try again": window.put_off,
        "loop blocked ms at most": 1e3 * blocked_s,
        "generator late p99 ms": window.lag.p99_us / 1e3,
    }
    return Measured(
        "bell",
        f"{people:,} start within {EACH_MS * people / 1e3:g} s, each ack from when it was due",
        p99_ms,
        "ms",
        f"p99 under {P99_MS_MAX / 1e3:g} s",
        p99_ms < P99_MS_MAX,
        also=also,
        remarks=remarks(run, window.busy, window.cpu_s, window.seconds),
    )

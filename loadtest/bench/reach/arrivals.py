"""Thousands join: for the first time, and again after a line failed that all of them shared."""

import time
from pathlib import Path

from loadtest.bench.generator import Generator
from loadtest.bench.house import House
from loadtest.bench.reach.crowd import (
    AT_ONCE,
    EXAMINERS,
    Arrival,
    arrival,
    crowd,
    exported,
    figures,
    proved,
    remarks,
    seated,
)
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.reach.seated import sound
from loadtest.bench.sitting import Sitting
from loadtest.served import NotServed
from loadtest.soak.storm import longest

CANDIDATES = 10_000
JOINS_PER_S, BLOCKED_S_MAX = 2_000, 0.05
GOAL = f"{JOINS_PER_S:,}/s, the loop blocked {1e3 * BLOCKED_S_MAX:.0f} ms at most"
ADMITTED = {"EXAMSYNC_LIMITS_CONNECTS_PER_S": str(JOINS_PER_S)}
"""In a storm arrivals are metered, at the rate that is the goal."""
START_EACH_MS, ANSWERS_PER_S = 2, 500
GONE_WITHIN_S, LOOK_S = 60.0, 0.2
WIRES = 'examsync_held{kind="wires"}'
DEVICE, ANOTHER = "\tdevice-", "\tanother-"


def joins(run: Run) -> Measured:
    """The row: everybody's attempt is in Redis, and in no memory of the server's.

    They come twice, to a fresh server each time: first their attempts are read from Postgres, then
    from Redis. The second time it is from other devices, so that a lease is written again.
    """
    with run.house() as house:
        sitting = seated(run, house, run.people(CANDIDATES))
        with run.serving(house) as server, crowd(run, server, sitting) as generator:
            first = arrival(run, server, generator, AT_ONCE)
        house.flush()
        other_devices(sitting.seats)
        with run.serving(house) as server, crowd(run, server, sitting) as generator:
            second = arrival(run, server, generator, AT_ONCE)
        house.office().archive(sitting.exam)
    what = f"{first.come.of:,} join, {AT_ONCE} at a time, their attempts in Redis"
    also = figures("from Redis", second) | figures("from Postgres", first)
    return row(run, "joins", what, second, also)


def storm(run: Run) -> Measured:
    """The row: all sit and have answered; all are gone at once, and all come back at once."""
    with run.house() as house:
        sitting = seated(run, house, run.people(CANDIDATES))
        with run.serving(house, **ADMITTED) as server, crowd(run, server, sitting) as generator:
            begin(run, server, generator, sitting)
            going_s = gone(run, server, generator)
            back = arrival(run, server, generator, 0)
            prove(run, house, generator, sitting)
    come = back.come
    what = f"{come.of:,} come back at once, {JOINS_PER_S:,} a second admitted, others told when"
    also = figures("back", back) | {
        "back: times sent away": come.sent_away,
        "back: times cut off": come.cut_off,
        "going: loop blocked ms at most": 1e3 * going_s,
    }
    return row(run, "storm", what, back, also)


def row(run: Run, name: str, what: str, found: Arrival, also: dict[str, float]) -> Measured:
    """What one arrival comes to, against the goal."""
    come = found.come
    met = found.per_s >= JOINS_PER_S and found.blocked_s <= BLOCKED_S_MAX
    said = remarks(run, come.busy, come.cpu_s, come.seconds)
    return Measured(name, what, found.per_s, "joins/s", GOAL, met, also=also, remarks=said)


def other_devices(seats: Path) -> None:
    """From now on the same people come from other devices."""
    seats.write_text(seats.read_text().replace(DEVICE, ANOTHER))


def begin(run: Run, server: Server, generator: Generator, sitting: Sitting) -> None:
    """All sit, and have answered something. Raises Wrong, NotServed."""
    arrival(run, server, generator, AT_ONCE)
    sound("start", generator.start(START_EACH_MS * sitting.candidates))
    sound("answers", generator.open(ANSWERS_PER_S, 0, sitting.candidates * 1_000 // ANSWERS_PER_S))


def gone(run: Run, server: Server, generator: Generator) -> float:
    """All go at once; until they are forgotten, how long the loop did one thing (s). Raises
    NotServed."""
    before = server.metrics()
    generator.drop()
    until = time.monotonic() + GONE_WITHIN_S
    while (found := server.metrics()).get(WIRES, 0) > EXAMINERS:
        if time.monotonic() > until:
            raise NotServed(f"they were not forgotten within {GONE_WITHIN_S:.0f} s.")
        time.sleep(LOOK_S)
    run.say("  all gone and forgotten")
    return longest(before, found)


def prove(run: Run, house: House, generator: Generator, sitting: Sitting) -> None:
    """All they were acknowledged is in Postgres. Raises Wrong, NotServed, OfficeError."""
    acked = house.folder / "reach-ledger.tsv"
    generator.ledger(acked)
    house.flush()
    proved(run, acked, exported(house, sitting))
    house.office().archive(sitting.exam)

"""What ten thousand people who sit an exam cost while they do nothing: memory, processor time."""

import contextlib
import csv
import io
import time
from collections.abc import Iterator

from loadtest.bench.generator import Generator, Window
from loadtest.bench.house import House
from loadtest.bench.reach import seated
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.reach.seated import Seats
from loadtest.questions import COLUMNS

PEOPLE = 10_000
ITEMS = 90
SOME, ALL = 10, ITEMS
"""Answers of everybody, and at last of a part of them."""
PART = 5
"""One of so many gives all: what these add is taken for what everybody's would."""
WIDE = 300
"""People who answer at a time."""
SETTLE_S = 5.0
BEAT_MS = 10_000
IDLE_MS = 30_000
"""Longer than a ping's period (25 s): everybody is pinged at least once."""
REST_MS = 10_000
KB_MAX = 16.0
PER_CENT_MAX = 15.0


def memory(run: Run) -> Measured:
    """The row of memory."""
    people = run.people(PEOPLE)
    with run.house() as house, answered(run, house, people, SOME) as (server, generator, empty):
        joined_kb = per_kb(server, empty, people)
        run.say(f"  {joined_kb:.1f} KB per connection with {SOME} answers each")
        before, some = server.process.memory_bytes(), max(1, people // PART)
        fill(run, house, generator, ALL, some)
        all_kb = joined_kb + per_kb(server, before, some)
    return row_of_memory(people, joined_kb, all_kb, empty)


def idle(run: Run) -> Measured:
    """The row of processor time."""
    people = run.people(PEOPLE)
    with run.house() as house, answered(run, house, people, SOME) as (server, generator, _):
        seated.sound("pings", generator.idle(REST_MS))
        pings = seated.sound("pings", generator.idle(IDLE_MS))
        generator.beat(BEAT_MS)
        generator.idle(REST_MS)
        beats = seated.sound("heartbeats", generator.idle(IDLE_MS))
        generator.beat(0)
        server.process.check()
    return row_of_idle(people, pings, beats)


@contextlib.contextmanager
def answered(
    run: Run, house: House, people: int, each: int
) -> Iterator[tuple[Server, Generator, int]]:
    """A server, and everybody there with so many answers that are durable; its bytes before
    anybody came. At the end all of them are looked up. Raises Wrong, NotServed, OfficeError."""
    office = house.office()
    seats: Seats = seated.seats_for(office, house.folder, office.ensure_paper(bank(ITEMS)), people)
    with run.serving(house) as server:
        empty = server.process.memory_bytes()
        with seated.joined(run, server, seats) as generator:
            fill(run, house, generator, each, people)
            yield server, generator, empty
            seated.prove(run, house, seats, generator)


def fill(run: Run, house: House, generator: Generator, each: int, people: int) -> None:
    """Until so many have given so many answers and all are in Postgres. Raises Wrong."""
    window = seated.sound(f"{each} answers each", generator.fill(each, WIDE, people))
    run.say(f"  {people:,} with {each} answers each: {window.acked:,} in {window.seconds:.0f} s")
    house.flush()
    time.sleep(SETTLE_S)


def per_kb(server: Server, before: int, people: int) -> float:
    """Resident memory above what it was before, for each of them, in KB."""
    return (server.process.memory_bytes() - before) / 1024 / people


def bank(items: int) -> bytes:
    """A bank of so many questions of one answer out of four, as CSV (pure)."""
    text = io.StringIO()
    four = ["the first", "the second", "the third", "the fourth"]
    lines = [
        ["single_choice", f"Reach {number}: which of these four fits best?", *four, "B", "All",
         f"reach-{number}"]
        for number in range(1, items + 1)
    ]  # fmt: skip
    csv.writer(text).writerows([COLUMNS, *lines])
    return text.getvalue().encode()


def row_of_memory(people: int, joined_kb: float, all_kb: float, empty: int) -> Measured:
    """The figures (pure)."""
    return Measured(
        "memory",
        f"resident memory of the server per connection, {people:,} joined and started on one "
        f"paper of {ITEMS} items, {SOME} answers each, all durable; above the empty server",
        joined_kb,
        "KB",
        f"at most {KB_MAX:g} KB",
        joined_kb <= KB_MAX,
        also={
            f"with {ALL} answers each (a fifth gave them), KB": all_kb,
            "the empty server, MB": empty / 2**20,
        },
        remarks=few(people),
    )


def row_of_idle(people: int, pings: Window, beats: Window) -> Measured:
    """The figures (pure)."""
    share = per_cent(beats)
    return Measured(
        "idle",
        f"processor time of the server with {people:,} people who do nothing: pings, and a "
        f"heartbeat of everybody every {BEAT_MS // 1_000} s",
        share,
        "% of a core",
        f"at most {PER_CENT_MAX:g} %",
        share <= PER_CENT_MAX,
        also={
            "without heartbeats, %": per_cent(pings),
            "heartbeats/s": beats.beats / beats.seconds,
        },
        remarks=few(people),
    )


def per_cent(window: Window) -> float:
    """The server's share of a core in a window, in per cent."""
    return 100 * window.cpu_s["server"] / window.seconds


def few(people: int) -> list[str]:
    """A remark if these are fewer than the goal is about."""
    return [f"{people:,} people, not {PEOPLE:,}"] if people < PEOPLE else []

"""People at a server: exams made for them, all seated, windows of load, and at the end the proof
that what was acknowledged is in Postgres. Used by the rows.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from loadtest.bench.generator import Generator, Window
from loadtest.bench.house import FLUSH_WITHIN_S, SECRET, House
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.rounds import Wrong, reconciled
from loadtest.bench.sitting import LASTS_MS, Ledger, Sitting, Stored, paper_of, responses_of
from loadtest.office import Office, Terms
from loadtest.served import NotServed
from loadtest.tokens import sign
from protocol.types import Role

RATE = 5_000
"""Answers a second that the goals speak of."""
SHARE_OF_CAPACITY = 0.7
"""What a machine that gives less is asked for instead: above that it would only queue."""
TRIED, TRIED_WIDE = 8_000, 200
"""Answers, and people at a time, by which it is found out what a machine gives."""
WARM_MS, WINDOW_MS = 1_500, 4_000
FIRST_RATE, FIRST_MS = 100, 1_000
"""Of answers by which it is seen that a flusher has begun: it empties the log."""
LOOK_S = 0.05
HELD_SHARE_MIN = 0.97


class Seats(Struct, frozen=True):
    """Exams that can be sat at once, and the generator's files about all of them together."""

    sitting: Sitting
    exams: list[str]


def seats_for(office: Office, folder: Path, paper: str, candidates: int, exams: int = 1) -> Seats:
    """Make exams of this paper and seat the candidates, evenly, in turns. Raises OfficeError."""
    names = [f"reach-{number:05d}" for number in range(1, candidates + 1)]
    now = round(time.time() * 1_000)
    terms = Terms(now - 2_000, now + LASTS_MS, now + LASTS_MS, LASTS_MS)
    made = [office.make_exam(paper, terms, names[first::exams]) for first in range(exams)]
    sitting = Sitting(
        made[0],
        candidates,
        0,
        seats=folder / "reach-seats.tsv",
        watchers=folder / "reach-watchers.tsv",
        answers=folder / "reach-answers.tsv",
        told=folder / "reach-exam.json",
    )
    sitting.seats.write_text("".join(lines(names, made)))
    sitting.answers.write_text("".join(answers(items_of(paper_of(office, paper)))))
    return Seats(sitting, made)


def lines(names: list[str], exams: list[str]) -> Iterator[str]:
    """A line for each candidate: name, token, client instance, exam."""
    for number, name in enumerate(names):
        exam = exams[number % len(exams)]
        yield f"{name}\t{sign(SECRET, name, Role.CANDIDATE, exam)}\tdevice-{name}\t{exam}\n"


def items_of(paper: Mapping[str, list[dict[str, list[dict[str, object]]]]]) -> list[object]:
    """The items of a paper, one section after the other."""
    return [item for section in paper["sections"] for item in section["items"]]


def answers(items: list[object]) -> list[str]:
    """One response to every item, as lines: who gives n answers has answered n items."""
    found = []
    for item in msgspec.convert(items, list[_Item]):
        options = [each.id for each in item.question.options]
        response = responses_of(item.question.kind, options)[0]
        found.append(f"{item.item}\t{msgspec.json.encode(response).decode()}\n")
    return found


class _Option(Struct):
    id: str


class _Question(Struct):
    kind: str
    options: list[_Option]


class _Item(Struct):
    item: str
    question: _Question


@contextlib.contextmanager
def joined(
    run: Run, server: Server, seats: Seats, pids: Mapping[str, int] | None = None
) -> Iterator[Generator]:
    """Everybody connected, joined and started; their generator. `pids`: whose processor time is
    read, the server's own if none is said. Raises NotServed."""
    read = {"redis": server.house.redis_pid(), **(pids or {"server": server.process.pid})}
    generator = Generator(run.program, seats.sitting, port=server.port, speak="sio", pids=read)
    with generator:
        come = generator.connect()
        run.say(f"  {come.connected:,} joined and started within {come.seconds:.1f} s")
        yield generator


def rate_for(run: Run, generator: Generator, candidates: int) -> int:
    """Answers a second that this machine holds now, at most RATE."""
    each, wide = max(1, TRIED // candidates), min(candidates, TRIED_WIDE)
    tried = sound("finding the rate", generator.fill(each, wide))
    given = tried.acked / tried.seconds
    rate = affordable(given)
    run.say(f"  {given:,.0f} answers/s with {wide} under way; from now on {rate:,}")
    return rate


def affordable(capacity: float) -> int:
    """The rate to ask for, of a machine that gives so many a second."""
    return max(1, min(RATE, round(SHARE_OF_CAPACITY * capacity)))


def sound(what: str, window: Window) -> Window:
    """The window, if every answer had its one good ack. Raises Wrong."""
    if window.refused or window.lost or window.unanswered:
        raise Wrong(
            f"{what}: {window.refused} acks were wrong, {window.unanswered} never came, "
            f"{window.lost} connections were lost: {window.fault or 'no word'}"
        )
    return window


def cpu_us(window: Window) -> float:
    """Processor time of the server, all its processes, for one acknowledged answer."""
    used = sum(s for name, s in window.cpu_s.items() if name.startswith("server"))
    return 1e6 * used / max(window.acked, 1)


def middle(windows: list[Window]) -> float:
    """The median of their CPU per answer."""
    return median(cpu_us(window) for window in windows)


def share_held(windows: list[Window]) -> float:
    """Of an open loop's answers, how many were acknowledged within the window: the median."""
    return median(window.acked / max(window.sent, 1) for window in windows)


def held(windows: list[Window]) -> bool:
    """Whether the rate was held: costs of rates that were not cannot be compared."""
    return share_held(windows) >= HELD_SHARE_MIN


def remarks(windows: list[Window], rate: int) -> list[str]:
    """What a reader has to know before believing figures of open loops at this rate."""
    found = []
    if rate < RATE:
        found.append(f"asked for {rate:,} answers/s: more was too much for this machine just now")
    if not held(windows):
        found.append(f"held only {share_held(windows):.0%} of {rate:,} answers/s")
    put_off = sum(window.put_off for window in windows)
    if put_off:
        found.append(f"{put_off} answers were to be sent again later")
    return found


@contextlib.contextmanager
def flushing(
    house: House, generator: Generator, settings: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A flusher beside the generator, which is seen to be at work. Raises NotServed."""
    until = time.monotonic() + FLUSH_WITHIN_S
    generator.open(FIRST_RATE, 0, FIRST_MS)
    with house.flusher(settings=settings) as worker:
        while house.backlog():
            worker.check()
            if time.monotonic() > until:
                raise NotServed(f"The flusher did not catch up within {FLUSH_WITHIN_S:.0f} s.")
            time.sleep(LOOK_S)
        yield


def prove(run: Run, house: House, seats: Seats, generator: Generator) -> Ledger:
    """Empty the log into Postgres, and look up what was acknowledged. Raises Wrong, NotServed,
    OfficeError."""
    acked = house.folder / "reach-ledger.tsv"
    generator.ledger(acked)
    house.flush()
    office = house.office()
    stored: Stored = {
        one.candidate: one.responses for exam in seats.exams for one in office.export(exam)
    }
    ledger = reconciled(acked, stored)
    run.say(f"  {ledger.compared:,} acknowledged answers are in Postgres")
    for exam in seats.exams:
        office.archive(exam)
    return ledger

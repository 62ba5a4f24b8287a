"""Whether a second process costs each answer anything, and what processes tell each other of it."""

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct

from loadtest.bench.generator import Generator, Window
from loadtest.bench.house import House
from loadtest.bench.reach import seated
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.reach.seated import WARM_MS, WINDOW_MS
from loadtest.served import NotServed

PEOPLE = 2_000
MORE_MAX = 0.15
WORDS_MAX = 0.1
"""Of one process to the others, for each answer: a word about every one would be 1 at least."""
WINDOWS = 3
CONTROL = "examsync:control"
PROCESSES = "examsync:process:*"
"""As `examsync.infra.keys` names them."""
STAND_WITHIN_S = 60.0
LOOK_S = 0.1
OFFICE = 1
"""The server for the office work is one of the processes that Redis knows."""


class Talk(Struct, frozen=True):
    """What Redis has counted: words in the stream between processes, and calls by command."""

    words: int
    calls: dict[str, int]


class Told(Struct, frozen=True):
    """Windows, and what Redis counted over one of them: alone, and with the flusher at work."""

    windows: list[Window]
    still: dict[str, float]
    flushing: dict[str, float]


def two(run: Run) -> Measured:
    """The row."""
    people = run.people(PEOPLE)
    with run.house() as house:
        one, rate = measured(run, house, people, processes=1, rate=0)
        both, rate = measured(run, house, people, processes=2, rate=rate)
    return row(one, both, rate)


def measured(run: Run, house: House, people: int, *, processes: int, rate: int) -> tuple[Told, int]:
    """So many processes at a rate, found out if it is 0. Raises Wrong, NotServed, OfficeError."""
    office = house.office()
    seats = seated.seats_for(office, house.folder, office.ensure_paper(), people)
    setting = {"EXAMSYNC_SERVER_PROCESSES": str(processes)}
    with run.serving(house, **setting) as server:
        pids = serving(house, server, processes)
        with seated.joined(run, server, seats, pids) as generator:
            rate = rate or seated.rate_for(run, generator, people)
            windows = [opened(generator, rate) for _ in range(WINDOWS)]
            still = counted(house, generator, rate)
            with seated.flushing(house, generator):
                flushing = counted(house, generator, rate)
            seated.prove(run, house, seats, generator)
    run.say(f"  {processes} serving: {seated.middle(windows):.1f} us per answer")
    return Told(windows, still, flushing), rate


def opened(generator: Generator, rate: int) -> Window:
    """One window. Raises Wrong."""
    return seated.sound(f"{rate} answers/s", generator.open(rate, WARM_MS, WINDOW_MS))


def counted(house: House, generator: Generator, rate: int) -> dict[str, float]:
    """What Redis counts over a window without a warm-up, for each of its answers."""
    before = talk(house)
    window = seated.sound("counting", generator.open(rate, 0, WINDOW_MS))
    return per_answer(before, talk(house), window.sent)


def per_answer(before: Talk, after: Talk, answers: int) -> dict[str, float]:
    """Words and calls between two readings, for each answer (pure)."""
    rises = {name: calls - before.calls.get(name, 0) for name, calls in after.calls.items()}
    found = {f"{name}": n / max(answers, 1) for name, n in rises.items()}
    return {"words": (after.words - before.words) / max(answers, 1), **found}


def talk(house: House) -> Talk:
    """What Redis has counted until now."""
    with house.redis() as line:
        told: Any = line.xinfo_stream(CONTROL) if line.exists(CONTROL) else {}
        stats: Any = line.info("commandstats")
    return Talk(int(told.get("entries-added", 0)), calls_of(stats))


def calls_of(stats: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Calls by command, of `INFO commandstats` (pure)."""
    return {name.removeprefix("cmdstat_"): int(each["calls"]) for name, each in stats.items()}


def serving(house: House, server: Server, processes: int) -> dict[str, int]:
    """The pids of all its processes, once every one of them is known. Raises NotServed."""
    until = time.monotonic() + STAND_WITHIN_S
    while time.monotonic() < until:
        with house.redis() as line:
            known = sum(1 for _ in line.scan_iter(PROCESSES))
        if known >= processes + OFFICE:
            return named(server.process.pid, children(server.process.pid))
        server.process.check()
        time.sleep(LOOK_S)
    raise NotServed(f"{processes} processes did not begin to serve: see {server.process.log}.")


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def named(parent: int, started: list[int]) -> dict[str, int]:
    """Names by which the generator tells them; the parent of others serves nobody (pure)."""
    return {"server": parent} | {f"server{n}": pid for n, pid in enumerate(started, 1)}


def row(one: Told, both: Told, rate: int) -> Measured:
    """The figures (pure)."""
    cpu_us = seated.middle(one.windows), seated.middle(both.windows)
    more = cpu_us[1] / cpu_us[0] - 1
    words = max(both.still["words"], both.flushing["words"])
    also = {
        "one: CPU us/answer": cpu_us[0],
        "two: CPU us/answer": cpu_us[1],
        "the busier's share of two": median(busier(window) for window in both.windows),
        "words between processes per answer": both.still["words"],
        "the same, flusher at work": both.flushing["words"],
        "answers/s": float(rate),
    }
    also |= {f"one: {name} per answer": one.still.get(name, 0.0) for name in WATCHED}
    also |= {f"two: {name} per answer": both.still.get(name, 0.0) for name in WATCHED}
    return Measured(
        "two",
        "CPU per answer of two serving processes, both on the first core, against one",
        100 * more,
        "% more",
        f"at most {MORE_MAX:.0%} more, and no word between processes for each answer",
        more <= MORE_MAX and words <= WORDS_MAX and seated.held([*one.windows, *both.windows]),
        also=also,
        remarks=seated.remarks([*one.windows, *both.windows], rate),
    )


WATCHED = ("xadd", "xread", "publish", "evalsha", "hget", "hmget", "hgetall")
"""Commands worth a line; a script's own calls are among them."""


def busier(window: Window) -> float:
    """Which part of the processor time the busier of several processes took."""
    used = [s for name, s in window.cpu_s.items() if name.startswith("server")]
    return max(used) / (sum(used) or 1.0)

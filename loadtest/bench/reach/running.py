"""Runs rows one after the other, each so many times, within a time; told apart in a result."""

import contextlib
import datetime as dt
import os
import resource
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from loadtest.bench.generator import build
from loadtest.bench.machine import machine
from loadtest.bench.reach.result import Reached
from loadtest.bench.reach.row import Measured, merged
from loadtest.bench.reach.rows import Row
from loadtest.bench.reach.run import Run
from loadtest.bench.rounds import Wrong
from loadtest.office import OfficeError
from loadtest.served import NotServed, cores

REPEAT_WITHIN_S = 900
"""One repeat of a row that takes longer hangs: it is broken off."""
PEERS = Path(__file__).parent.parent / "peers" / "node_modules"


def settings(folder: Path, candidates: int | None) -> Run:
    """What every row is given; we leave the first core. Raises NotServed."""
    server, rest = cores()
    if not server:
        raise NotServed("this takes two cores: one for the server, one for all else.")
    os.sched_setaffinity(0, rest)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # what we start inherits that
    return Run(folder.resolve(), build(folder), server, rest, candidates)


def measure(run: Run, rows: Mapping[str, Row], repeats: int) -> Reached:
    """All of these rows; what one cannot do is told, and keeps no other from running."""
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    reached = Reached(made_at, machine(PEERS), repeats, [])
    for name, row in rows.items():
        done: list[Measured] = []
        try:
            for number in range(1, 1 + repeats):
                run.say(f"{name}: repeat {number} of {repeats}")
                done.append(one(run, row))
        except (NotServed, OfficeError) as error:
            reached.not_run[name] = str(error)
        except Wrong as error:
            reached.wrong[name] = str(error)
        if done:
            reached.rows.append(merged(done))
    return reached


def one(run: Run, row: Row) -> Measured:
    """One repeat, and a line about it. Raises NotServed, OfficeError, Wrong."""
    began = time.monotonic()
    with within(REPEAT_WITHIN_S):
        found = row(run)
    took = time.monotonic() - began
    met = "met" if found.met else "not met"
    run.say(f"{found.name}: {found.figure:g} {found.unit}, {met} ({took:.0f} s)")
    return found


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Break off what takes longer; everything it started ends. Raises NotServed then."""

    def late(number: int, frame: FrameType | None) -> None:
        raise NotServed(f"it was not over within {seconds} s.")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

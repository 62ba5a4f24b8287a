"""Ten thousand at once: they come, stay, are all gone in the same millisecond, and all come back.

In between, how long the server's loop did one thing: seen from inside (its own histogram of work
at a stretch) and by a visitor who asks all the time.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import IO

import msgspec
from msgspec import Struct

from loadtest.descriptors import room
from loadtest.office import Terms
from loadtest.served import NotServed
from loadtest.soak.crowd import Arrived, Order, Plan
from loadtest.soak.house import House
from loadtest.soak.probe import Probe

BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Of the histogram `examsync_loop_work_seconds`."""
BLOCK_S_MAX = 0.05
EXAM_MS = 3 * 3_600_000
DIALS_AT_ONCE = 64
COME_WITHIN_S, BACK_WITHIN_S = 300.0, 300.0
STAY_S = 15.0
GONE_WITHIN_S = 30.0
LOOK_S = 0.05


class Phase(Struct, frozen=True):
    """One part of a storm. `work_s` is the bound of the bucket in which the longest stretch of
    work lies (0.05: between 20 and 50 ms), `waited_ms` the longest that a visitor waited."""

    name: str
    seconds: float
    work_s: float
    waited_ms: float
    cpu_s: float
    arrived: Arrived | None = None


class Stormed(Struct, frozen=True):
    """How it went; `ok`: all came, all were forgotten, all came back, and none of their going kept
    the loop from everybody else for longer than 50 ms."""

    ok: bool
    connections: int
    phases: list[Phase]


class Crowd:
    """A process full of candidates."""

    def __init__(self, plan: Plan) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loadtest.soak.crowd"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._write(msgspec.json.encode(plan))

    def come(self, at_once: int, within_s: float) -> Arrived:
        """Let all of them connect. Raises NotServed if the process has ended."""
        self._write(msgspec.json.encode(Order(at_once, within_s)))
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise NotServed("the crowd's process has ended")
        return msgspec.json.decode(line, type=Arrived)

    def kill(self) -> None:
        """All their connections end."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()

    def _write(self, line: bytes) -> None:
        pipe = _pipe(self._process.stdin)
        pipe.write(line + b"\n")
        pipe.flush()


class Storm:
    """One storm over one server."""

    def __init__(self, house: House, probe: Probe) -> None:
        self.phases: list[Phase] = []
        self._house = house
        self._probe = probe

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[list[Arrived]]:
        """Measure what happens inside; what is put into the list is reported with it."""
        before, cpu_s, began = self._figures(), self._house.cpu_s() or 0.0, time.monotonic()
        self._probe.worst_ms()
        arrived: list[Arrived] = []
        yield arrived
        took, waited = time.monotonic() - began, self._probe.worst_ms()
        used = (self._house.cpu_s() or 0.0) - cpu_s
        work_s = longest(before, self._figures())
        last = arrived[-1] if arrived else None
        self.phases.append(Phase(name, round(took, 2), work_s, waited, round(used, 2), last))

    def run(self, plans: Sequence[Plan]) -> Stormed:
        """They come, stay, go and come back: each time as other sockets of the same people."""
        first, second = (Crowd(plan) for plan in plans)
        try:
            with self.phase("come, 64 at a time") as arrived:
                arrived.append(first.come(DIALS_AT_ONCE, COME_WITHIN_S))
            with self.phase("stay"):
                time.sleep(STAY_S)
            with self.phase("all gone at once"):
                first.kill()
                forgotten = self._forgotten()
            with self.phase("all back at once") as arrived:
                arrived.append(second.come(len(plans[1].tokens), BACK_WITHIN_S))
            with self.phase("all gone again"):
                second.kill()
                forgotten = self._forgotten() and forgotten
        finally:
            first.kill()
            second.kill()
        people = len(plans[0].tokens)
        came = all(each.arrived.joined == people for each in self.phases if each.arrived)
        gone = [each.work_s for each in self.phases if "gone" in each.name]
        ok = came and forgotten and max(gone) <= BLOCK_S_MAX
        return Stormed(ok, people, self.phases)

    def _forgotten(self) -> bool:
        until = time.monotonic() + GONE_WITHIN_S
        while time.monotonic() < until:
            held = self._house.metrics().get('examsync_held{kind="wires"}')
            if held == 0:
                return True
            time.sleep(LOOK_S * 10)
        return False

    def _figures(self) -> dict[str, float]:
        until = time.monotonic() + GONE_WITHIN_S
        while time.monotonic() < until:
            if figures := self._house.metrics():
                return figures
        raise NotServed(f"The server shows no metrics any more: see {self._house.log}.")


def storm(house: House, connections: int) -> Stormed:
    """Make an exam for so many, and let it come. Raises NotServed, OfficeError."""
    if connections > room():
        raise NotServed(f"this machine lets one process hold {room()} connections (ulimit -n).")
    office = house.office()
    names = [f"storm-{number:05d}" for number in range(connections)]
    now = round(time.time() * 1_000)
    terms = Terms(now - 2_000, now + EXAM_MS, now + EXAM_MS, EXAM_MS)
    exam = office.make_exam(office.ensure_paper(), terms, names)
    tokens = [house.candidate(name, exam) for name in names]
    plans = [Plan(house.url, exam, tokens, source) for source in ("127.0.0.2", "127.0.0.3")]
    with Probe(house.port) as probe:
        return Storm(house, probe).run(plans)


def longest(before: dict[str, float], after: dict[str, float]) -> float:
    """The bound of the longest stretch of work between two readings; 10 s for all beyond 5 s."""
    worst, under = 0.0, 0.0
    for bound in BOUNDS_S:
        name = f'examsync_loop_work_seconds_bucket{{le="{bound}"}}'
        total = after.get(name, 0.0) - before.get(name, 0.0)
        if total > under:
            worst, under = bound, total
    name = "examsync_loop_work_seconds_count"
    return 10.0 if after.get(name, 0.0) - before.get(name, 0.0) > under else worst


def told(stormed: Stormed) -> str:
    """For people."""
    head = f"{'':22}{'took s':>8}{'cpu s':>8}{'work <= ms':>12}{'waited ms':>11}  "
    rows = [head.rstrip()]
    for each in stormed.phases:
        row = f"{each.name:22}{each.seconds:8.1f}{each.cpu_s:8.1f}{each.work_s * 1_000:12.0f}"
        row += f"{each.waited_ms:11.0f}"
        if each.arrived is not None:
            a = each.arrived
            row += f"  {a.joined} of {a.of} joined, {a.sent_away} times sent away"
        rows.append(row)
    return "\n".join(rows)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe

"""Rounds: every contestant in turn sits an exam of its own, is measured, emptied and reconciled."""

import contextlib
import sys
import time
from pathlib import Path

from msgspec import Struct

from loadtest.bench import profiling
from loadtest.bench.contestants import Contestant, Started
from loadtest.bench.generator import Connected, Generator, Window
from loadtest.bench.house import Flushed, House
from loadtest.bench.sitting import Ledger, Sitting, Stored, prepare, reconcile

EXAMINERS = 5
PROFILED_MS, SETTLE_MS = 8_000, 500
BEAT_MS = 10_000
"""As clients do by default."""
BEGIN_S = 2.0
"""What a flusher takes to begin; it empties what was left by the windows before, too."""
REST_S = 0.3
"""Between windows, for what the last one left behind."""


class Wrong(Exception):
    """Something was not acknowledged as it should have been, or acknowledged and not stored."""


class Plan(Struct, frozen=True):
    """What a round does. `rates`: open loops, answers a second, the flusher stopped; `flushing`:
    those with the flusher and Postgres at work beside the generator; windows in ms."""

    candidates: int = 1_000
    examiners: int = EXAMINERS
    warm_ms: int = 3_000
    window_ms: int = 4_000
    rates: tuple[int, ...] = (2_000, 5_000, 10_000)
    flushing: tuple[int, ...] = (5_000,)
    idle_ms: int = 0
    """A window of heartbeats and pings alone."""

    def windows(self) -> dict[str, tuple[int, bool]]:
        """The open loops by name: their rate, and whether the flusher is at work."""
        still = {f"open.{rate}": (rate, False) for rate in self.rates}
        return still | {f"flushing.{rate}": (rate, True) for rate in self.flushing}


class Turn(Struct):
    """What one contestant did in one round. `memory_bytes`: by one connection, joined."""

    name: str
    round: int
    connected: Connected
    memory_bytes: float
    closed: Window
    opens: dict[str, Window] = {}
    idle: Window | None = None
    flushed: Flushed | None = None
    ledger: Ledger | None = None


class Bench:
    """Contestants in one house, with one generator's program."""

    def __init__(self, house: House, program: Path, plan: Plan) -> None:
        self._house = house
        self._program = program
        self._plan = plan
        self._office = house.office()
        self._paper = self._office.ensure_paper()
        self._redis_pid = house.redis_pid()

    def turn(self, contestant: Contestant, round_: int) -> Turn:
        """One contestant's turn, from a fresh server to a reconciled exam. Raises Wrong."""
        sitting = self._prepared(contestant)
        started = contestant.start(self._house, sitting)
        acked = self._house.folder / "ledger.tsv"
        with started.process:
            turn = self._measured(contestant, round_, (sitting, started), acked)
            if contestant.durable and contestant.stored is None:
                turn.flushed = self._house.flush()  # now: a server of ours that stops flushes
        check(turn)
        if contestant.stored is not None:
            turn.ledger = reconciled(acked, contestant.stored(self._house, sitting))
        elif contestant.durable:
            turn.ledger = reconciled(acked, self._exported(sitting))
        self._office.archive(sitting.exam)
        return turn

    def _measured(
        self, contestant: Contestant, round_: int, what: tuple[Sitting, Started], acked: Path
    ) -> Turn:
        with self._generator(contestant, *what) as generator:
            server = what[1].process
            before = server.memory_bytes()
            connected = generator.connect()
            memory = (server.memory_bytes() - before) / connected.of
            turn = self._windows(generator, contestant.name, round_, (connected, memory))
            generator.ledger(acked)
        return turn

    def profile(self, contestant: Contestant) -> str:
        """Where the time goes in one closed loop, as a table. Raises NotServed."""
        sitting = self._prepared(contestant)
        started = contestant.start(self._house, sitting)
        profiler = profiling.profiler(contestant.name, started.process, self._house.folder)
        with started.process, self._generator(contestant, sitting, started) as generator:
            generator.connect()
            generator.closed(self._plan.warm_ms, self._plan.window_ms)
            with profiler.beside(PROFILED_MS / 1_000):
                window = generator.closed(SETTLE_MS, PROFILED_MS)
        self._office.archive(sitting.exam)
        return profiling.table(profiler.stacks(), 1e6 * window.cpu_s["server"] / window.acked)

    def _prepared(self, contestant: Contestant) -> Sitting:
        return prepare(
            self._office,
            self._house.folder,
            paper=self._paper,
            candidates=self._plan.candidates,
            examiners=self._plan.examiners if contestant.examiners else 0,
        )

    def _generator(self, contestant: Contestant, sitting: Sitting, started: Started) -> Generator:
        pids = {"server": started.process.pid, "redis": self._redis_pid}
        speak = contestant.speak
        return Generator(self._program, sitting, port=started.port, speak=speak, pids=pids)

    def _windows(
        self, generator: Generator, name: str, round_: int, start: tuple[Connected, float]
    ) -> Turn:
        plan = self._plan
        time.sleep(REST_S)
        turn = Turn(name, round_, *start, generator.closed(plan.warm_ms, plan.window_ms))
        capacity = turn.closed.acked / turn.closed.seconds
        for window, (rate, flushing) in plan.windows().items():
            if rate <= capacity:  # else it would only queue
                time.sleep(REST_S)
                with self._house.flusher() if flushing else contextlib.nullcontext():
                    time.sleep(BEGIN_S if flushing else 0)
                    turn.opens[window] = generator.open(rate, plan.warm_ms // 3, plan.window_ms)
        if plan.idle_ms:
            generator.beat(BEAT_MS)
            turn.idle = generator.idle(plan.idle_ms)
            generator.beat(0)
        return turn

    def _exported(self, sitting: Sitting) -> Stored:
        return {one.candidate: one.responses for one in self._office.export(sitting.exam)}


def reconciled(acked: Path, stored: Stored) -> Ledger:
    """The comparison. Raises Wrong if anything that was acknowledged is not stored."""
    ledger = reconcile(acked, stored)
    if ledger.missing:
        raise Wrong(f"{ledger.missing} acknowledged answers are not stored: {ledger.first}")
    return ledger


def check(turn: Turn) -> None:
    """Raise Wrong unless every answer of every window had its one good ack."""
    for name, window in {"closed": turn.closed, **turn.opens}.items():
        if window.refused or window.lost or window.unanswered:
            raise Wrong(
                f"{turn.name}, {name}: {window.refused} acks were wrong, {window.unanswered} never "
                f"came, {window.lost} connections were lost: {window.fault or 'no word'}"
            )


def told(turn: Turn) -> None:
    """A line about a turn that has ended."""
    window = turn.closed
    cpu_us = 1e6 * window.cpu_s["server"] / max(window.acked, 1)
    rate = window.acked / window.seconds
    flushed = f", {turn.flushed.facts} facts flushed" if turn.flushed else ""
    print(
        f"round {turn.round} {turn.name:<14} {cpu_us:7.1f} us/ack  {rate:8.0f}/s"
        f"  p99 {window.latency.p99_us / 1000:.1f} ms{flushed}",
        file=sys.stderr,
    )

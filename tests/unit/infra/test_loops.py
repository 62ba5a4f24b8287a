"""Loops: they go on after failures, tell of them, and end in order."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import structlog
from structlog.testing import capture_logs

from examsync.errors import Unavailable
from examsync.infra import metrics
from examsync.infra.loops import BACKOFF_S_MAX, Loops, backoff_s
from examsync.infra.redis import LineDown

NAMES = itertools.count()
SOON_S = 0.001


@pytest.fixture
async def loops() -> AsyncIterator[Loops]:
    loops = Loops()
    yield loops
    await loops.stop(grace_s=0)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield
    structlog.reset_defaults()


def a_name() -> str:
    return f"loop {next(NAMES)}"


def failures(name: str) -> float:
    counted: float = metrics.LOOP_FAILURES.labels(name)._value.get()
    return counted


class Turns:
    """A turn that counts, fails as told, and says when it has come so far."""

    def __init__(self, *outcomes: BaseException | None, enough: int) -> None:
        self.outcomes = list(outcomes)
        self.count = 0
        self.enough = enough
        self.reached = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        if self.count >= self.enough:
            self.reached.set()
        if self.outcomes and (outcome := self.outcomes.pop(0)):
            raise outcome


async def reached(turns: Turns) -> None:
    await asyncio.wait_for(turns.reached.wait(), 30)


async def test_a_loop_turns_at_once_and_again_and_again(loops: Loops) -> None:
    turns = Turns(enough=5)
    loops.every(a_name(), SOON_S, turns)
    await reached(turns)


async def test_a_long_period_does_not_delay_the_first_turn(loops: Loops) -> None:
    turns = Turns(enough=1)
    loops.every(a_name(), 3_600, turns)
    await reached(turns)
    assert turns.count == 1


@pytest.mark.parametrize("error", [ValueError("x"), asyncio.CancelledError(), TimeoutError()])
async def test_a_failed_turn_is_counted_told_and_followed_by_another(
    loops: Loops, error: BaseException
) -> None:
    turns, name = Turns(error, error, enough=4), a_name()
    with capture_logs() as told:
        loops.every(name, SOON_S, turns, backoff_s_max=SOON_S)
        await reached(turns)
    assert failures(name) == 2
    assert [line["loop"] for line in told] == [name, name]
    assert told[0]["log_level"] == "error"


@pytest.mark.parametrize("error", [Unavailable("slow"), LineDown("slow")])
async def test_storage_that_is_away_is_one_line_and_a_defect_has_its_traceback(
    loops: Loops, error: Exception
) -> None:
    turns = Turns(error, ValueError("x"), enough=3)
    with capture_logs() as told:
        loops.every(a_name(), SOON_S, turns, backoff_s_max=SOON_S)
        await reached(turns)
    away, defect = told
    assert away["error"] == f"{type(error).__name__}: slow"
    assert "exc_info" not in away
    assert isinstance(defect["exc_info"], ValueError)


def test_the_pause_after_failures_doubles_from_nothing() -> None:
    assert [backoff_s(n) for n in range(5)] == [0, 0.2, 0.4, 0.8, 1.6]
    assert backoff_s(10_000) >= BACKOFF_S_MAX


async def test_a_loop_that_fails_waits_longer_than_its_period(loops: Loops) -> None:
    turns = Turns(*[ValueError() for _ in range(100)], enough=100)
    other = Turns(enough=100)
    loops.every(a_name(), SOON_S, turns)
    loops.every(a_name(), SOON_S, other)
    await reached(other)
    assert turns.count < 10


async def test_what_is_kept_is_called_again_when_it_returns_or_raises(loops: Loops) -> None:
    turns, name = Turns(None, ValueError("x"), None, enough=4), a_name()
    loops.keep(name, turns, backoff_s_max=SOON_S)
    await reached(turns)
    assert failures(name) == 1


async def test_stopping_lets_a_turn_finish_and_begins_no_other() -> None:
    loops, began, go, done = Loops(), asyncio.Event(), asyncio.Event(), []

    async def turn() -> None:
        began.set()
        await go.wait()
        done.append(1)

    loops.every(a_name(), SOON_S, turn)
    await began.wait()
    stopping = asyncio.create_task(loops.stop(grace_s=30))
    await asyncio.sleep(0)
    go.set()
    await stopping
    assert done == [1]


async def test_stopping_wakes_a_loop_from_its_pause() -> None:
    loops, turns = Loops(), Turns(enough=1)
    loops.every(a_name(), 3_600, turns)
    await reached(turns)
    await asyncio.wait_for(loops.stop(grace_s=3_600), 30)
    assert turns.count == 1


async def test_a_turn_that_does_not_finish_is_cancelled_and_told() -> None:
    loops, began, name = Loops(), asyncio.Event(), a_name()
    cancelled: list[bool] = []

    async def turn() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    loops.every(name, SOON_S, turn)
    await began.wait()
    with capture_logs() as told:
        await loops.stop(grace_s=0)
    assert cancelled == [True]
    assert [line["loops"] for line in told] == [[name]]


async def test_what_is_kept_is_cancelled_without_waiting_for_the_grace() -> None:
    loops, began = Loops(), asyncio.Event()

    async def reader() -> None:
        began.set()
        await asyncio.Event().wait()

    loops.keep(a_name(), reader)
    await began.wait()
    with capture_logs() as told:
        await asyncio.wait_for(loops.stop(grace_s=3_600), 30)
    assert told == []


async def test_stopping_twice_or_with_nothing_running_is_no_fault() -> None:
    loops = Loops()
    await loops.stop()
    await loops.stop()


async def test_names_are_unique_and_nothing_starts_after_the_end(loops: Loops) -> None:
    loops.every("one", 3_600, Turns(enough=1))
    with pytest.raises(ValueError, match="one"):
        loops.keep("one", Turns(enough=1))
    loops.keep("two", Turns(enough=1))
    assert loops.names() == ["one", "two"]
    await loops.stop()
    assert loops.names() == []
    with pytest.raises(ValueError, match="stopped"):
        loops.every("three", 1, Turns(enough=1))


async def test_loops_of_one_period_do_not_beat_together(loops: Loops) -> None:
    """With no jitter two loops take turns for ever; with jitter they come out of step."""
    order: list[str] = []
    enough = asyncio.Event()

    async def note(name: str) -> None:
        order.append(name)
        if len(order) >= 100:
            enough.set()

    for name in ("a", "b"):
        loops.every(name, 0.002, partial(note, name), jitter=0.9)
    await asyncio.wait_for(enough.wait(), 30)
    assert "aa" in "".join(order) or "bb" in "".join(order)

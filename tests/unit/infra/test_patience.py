"""What counts as somebody else's silence: time in which our own loop was free."""

import asyncio
import gc
import time
from collections.abc import Callable

import pytest

from examsync.infra import patience
from examsync.infra.patience import (
    BEATS_UNASKED_MAX,
    LAST_TURNS,
    TURN_S,
    Countdown,
    FreeTime,
    Standby,
    limit,
)


class Turns:
    """A loop whose timers the test lets run out one by one; asked for, never waited for."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.call: Callable[[], None] | None = None

    def call_later(self, delay: float, call: Callable[[], None]) -> "Turns":
        self.asked.append(delay)
        self.call = call
        return self

    def cancel(self) -> None:
        self.call = None

    def turn(self) -> None:
        call, self.call = self.call, None
        assert call is not None
        call()


def counted(seconds: float) -> tuple[Turns, Countdown, list[str]]:
    """A countdown on such a loop, and where it says that it is over."""
    turns, said = Turns(), list[str]()
    loop: asyncio.AbstractEventLoop = turns  # type: ignore[assignment]
    return turns, Countdown(loop, seconds, lambda: said.append("over")), said


def test_a_turn_counts_the_same_however_late_it_comes() -> None:
    turns, _, said = counted(3 * TURN_S)
    for _ in range(3 + LAST_TURNS):
        assert said == []
        turns.turn()  # each may have come after a second: nobody asks
    assert said == ["over"]
    assert turns.call is None


def test_a_countdown_asks_for_no_more_than_is_left() -> None:
    turns, _, _ = counted(1.5 * TURN_S)
    turns.turn()
    assert turns.asked == pytest.approx([TURN_S, 0.5 * TURN_S])


def test_a_countdown_that_is_stopped_says_nothing() -> None:
    turns, countdown, said = counted(TURN_S)
    turns.turn()
    countdown.stop()
    assert (turns.call, said) == (None, [])


def standing_by(seconds: float) -> tuple[Turns, Standby, list[str]]:
    """The same for one thing after the other."""
    turns, said = Turns(), list[str]()
    loop: asyncio.AbstractEventLoop = turns  # type: ignore[assignment]
    return turns, Standby(loop, seconds, lambda: said.append("over")), said


def test_standing_by_counts_as_a_countdown_does() -> None:
    turns, standby, said = standing_by(2.5 * TURN_S)
    standby.start()
    for _ in range(3 + LAST_TURNS):
        assert said == []
        turns.turn()
    assert said == ["over"]
    assert turns.call is None
    assert turns.asked[:3] == pytest.approx([TURN_S, TURN_S, 0.5 * TURN_S])


def test_the_next_thing_has_all_its_time_whatever_was_before() -> None:
    turns, standby, said = standing_by(2 * TURN_S)
    for _ in range(3):
        standby.start()
        standby.stop()
        standby.start()
        turns.turn()  # it began before what it finds
        turns.turn()
    standby.stop()
    standby.start()
    for _ in range(3 + LAST_TURNS):
        assert said == []
        turns.turn()
    assert said == ["over"]


def test_many_things_after_each_other_take_one_timer() -> None:
    turns, standby, said = standing_by(TURN_S)
    for _ in range(100):
        standby.start()
        standby.stop()
    assert turns.asked == [TURN_S]
    turns.turn()
    assert (turns.call, said) == (None, [])
    standby.start()
    assert turns.asked == [TURN_S, TURN_S]


def test_who_stands_by_no_more_leaves_no_timer() -> None:
    turns, standby, said = standing_by(TURN_S)
    standby.start()
    standby.close()
    standby.close()
    assert (turns.call, said) == (None, [])


async def test_what_takes_too_long_ends_in_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with limit(0.02):
            await asyncio.Event().wait()


async def test_what_is_done_in_time_is_left_alone() -> None:
    async with limit(5.0):
        await asyncio.sleep(0)
    async with limit(None):
        await asyncio.sleep(0)


async def test_who_is_cancelled_from_outside_is_cancelled() -> None:
    async def work() -> None:
        async with limit(0.01):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_its_own_passes() -> None:
    with pytest.raises(ZeroDivisionError):
        async with limit(5.0):
            raise ZeroDivisionError


async def test_what_arrived_while_the_loop_stood_still_is_read_before_it_is_judged() -> None:
    """The limit ran out while nobody could read; the line was there all the while."""
    server = await asyncio.start_server(greets, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    await asyncio.to_thread(time.sleep, 0.05)  # it has been answered, and nobody has read that
    async with limit(TURN_S):
        line = asyncio.ensure_future(reader.readline())
        await asyncio.sleep(0)
        time.sleep(4 * TURN_S)  # noqa: ASYNC251  # this is what must not be held against them
        assert await line == b"you\n"
    writer.close()
    server.close()


async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say something back."""
    await reader.readline()
    writer.write(b"you\n")
    await reader.read()
    writer.close()


async def beats(count: int, free: FreeTime) -> None:
    """Let it beat so often."""
    until = free._ms + count * patience.BEAT_MS
    for _ in range(10_000):
        if free._ms >= until:
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it does not beat")


async def test_a_loop_that_stood_still_ages_nobody_by_more_than_a_beat(brief: None) -> None:
    free = FreeTime()
    began = free.now()
    time.sleep(0.3)  # noqa: ASYNC251  # this is what must not count
    assert free.now() == began
    await asyncio.sleep(0)
    assert free.now() <= began + patience.BEAT_MS, "one turn, one beat"
    await beats(1, free)


async def test_free_time_beats_while_it_is_asked_and_rests_when_nobody_asks(brief: None) -> None:
    free = FreeTime()
    began = free.now()
    await beats(BEATS_UNASKED_MAX, free)
    await asyncio.sleep(0.01)
    assert free.now() - began == BEATS_UNASKED_MAX * patience.BEAT_MS
    await beats(3, free)
    assert free.now() - began == (BEATS_UNASKED_MAX + 3) * patience.BEAT_MS


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats of a millisecond."""
    monkeypatch.setattr(patience, "BEAT_MS", 1)


async def test_what_was_in_time_leaves_nothing_that_waits_for_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            async with limit(5.0):
                await asyncio.sleep(0)
        assert gc.collect() == 0
    finally:
        gc.enable()

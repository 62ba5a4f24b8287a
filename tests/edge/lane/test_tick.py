"""One write for each in a turn of the loop."""

import asyncio

from examsync.edge.lane.tick import Tick


class Writer:
    """Counts what it was asked, and may ask again itself."""

    def __init__(self, tick: Tick, again: int = 0) -> None:
        self.tick = tick
        self.again = again
        self.flushed = 0

    def flush(self) -> None:
        self.flushed += 1
        if self.again:
            self.again -= 1
            self.tick.add(self)


async def test_who_has_something_to_write_is_asked_at_the_end_of_the_turn() -> None:
    tick = Tick()
    one, other = Writer(tick), Writer(tick)
    tick.add(one)
    tick.add(other)
    assert (one.flushed, other.flushed) == (0, 0)
    await asyncio.sleep(0)
    assert (one.flushed, other.flushed) == (1, 1)
    await asyncio.sleep(0)
    assert (one.flushed, other.flushed) == (1, 1)


async def test_what_comes_up_while_writing_is_for_the_next_turn() -> None:
    tick = Tick()
    one = Writer(tick, again=1)
    tick.add(one)
    await asyncio.sleep(0)
    assert one.flushed == 1
    await asyncio.sleep(0)
    assert one.flushed == 2

"""A result that is told at once, to whoever asked before or asks after."""

import asyncio

import pytest

from examsync.attempts.pending import Pending


def test_who_asked_is_called_within_set() -> None:
    told: list[int] = []
    pending: Pending[int] = Pending()
    pending.then(told.append)
    pending.then(lambda value: told.append(-value))
    assert told == []
    pending.set(7)
    assert (told, pending.done) == ([7, -7], True)
    pending.then(told.append)
    assert told == [7, -7, 7]


def test_only_the_first_result_counts() -> None:
    told: list[int] = []
    pending: Pending[int] = Pending()
    pending.then(told.append)
    pending.set(1)
    pending.set(2)
    pending.then(told.append)
    assert told == [1, 1]


def test_none_is_a_result() -> None:
    told: list[None] = []
    pending: Pending[None] = Pending()
    pending.set(None)
    pending.then(told.append)
    assert told == [None]


async def test_it_can_be_awaited_before_and_after() -> None:
    pending: Pending[str] = Pending()
    waiting = [asyncio.ensure_future(wait(pending)) for _ in range(2)]
    await asyncio.sleep(0)
    pending.set("here")
    assert await asyncio.gather(*waiting) == ["here", "here"]
    assert await pending == "here"


async def wait(pending: Pending[str]) -> str:
    """The result."""
    return await pending


async def test_who_gave_up_waiting_harms_nobody() -> None:
    pending: Pending[str] = Pending()
    gone, stays = (asyncio.ensure_future(wait(pending)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    pending.set("here")
    assert await stays == "here"


async def test_a_callback_that_fails_stops_no_other() -> None:
    """It is a defect, told where the loop tells defects; the ack of the next must still go out."""
    told: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    try:
        pending: Pending[int] = Pending()
        error = RuntimeError("the socket is gone")
        pending.then(lambda _: raise_(error))
        pending.then(told.append)
        pending.set(7)
        pending.then(lambda _: raise_(error))
    finally:
        loop.set_exception_handler(None)
    assert told == [error, 7, error]


def raise_(error: Exception) -> None:
    """Fail."""
    raise error

"""Coroutines that are begun without a task: what waits goes on in one, as if it had always."""

import asyncio

import pytest

from examsync.edge.lane.begun import begin


async def test_what_waits_for_nothing_is_done_when_it_was_begun() -> None:
    done: list[int] = []

    async def inner() -> int:
        return 1

    async def work() -> None:
        done.append(await inner())

    assert begin(work()) is None
    assert done == [1]


async def test_what_it_raises_comes_to_who_begins_it() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        begin(work())


@pytest.mark.parametrize("times", [1, 3])
async def test_what_waits_goes_on_in_a_task_with_what_it_waited_for(times: int) -> None:
    said: list[object] = []

    async def work() -> None:
        for number in range(times):
            answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(answer.set_result, number)
            said.append(await answer)
            await asyncio.sleep(0)
        said.append(asyncio.current_task())

    rest = begin(work())
    assert rest is not None
    task = asyncio.get_running_loop().create_task(rest)
    await task
    assert said == [*range(times), task]


async def test_what_fails_while_it_waits_is_the_failure_of_the_task() -> None:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    seen: list[BaseException] = []

    async def work() -> None:
        try:
            await answer
        except KeyError as error:
            seen.append(error)
            raise ValueError("worse") from error

    rest = begin(work())
    assert rest is not None
    answer.set_exception(KeyError("x"))
    with pytest.raises(ValueError, match="worse"):
        await asyncio.get_running_loop().create_task(rest)
    assert len(seen) == 1


async def test_a_task_that_is_cancelled_cancels_what_was_begun() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    rest = begin(work())
    assert rest is not None
    task = asyncio.get_running_loop().create_task(rest)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]

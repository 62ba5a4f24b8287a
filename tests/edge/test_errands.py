"""Work that takes time: in order, one at a time per session, and always acked."""

import asyncio
from typing import Any

import pytest

from examsync.edge.sockets.door import Ack
from examsync.edge.sockets.errands import ERRANDS_PER_SESSION_MAX, Errands
from examsync.errors import ExamError, Unavailable
from protocol.from_server import Refused
from protocol.problems import Code
from tests.edge.makers import Far, HandTime, session, wire


class Counter:
    """A place to send somebody on errands from."""

    def __init__(self) -> None:
        self.errands = Errands()
        self.session = session(wire(Far(), HandTime()))
        self.acks: list[Any] = []

    def send(self, work: Any, who: Any = None) -> None:
        self.errands.send(who or self.session, Ack(self.acks.append), work)

    def codes(self) -> list[Code]:
        return [ack.problem.code for ack in self.acks if isinstance(ack, Refused)]


def saying(what: object, after: asyncio.Event | None = None) -> Any:
    async def work() -> object:
        if after is not None:
            await after.wait()
        return what

    return work


def failing(error: BaseException) -> Any:
    async def work() -> object:
        raise error

    return work


async def test_one_after_the_other_in_the_order_they_came() -> None:
    counter, gate = Counter(), asyncio.Event()
    counter.send(saying("first", gate))
    counter.send(saying("second"))
    await asyncio.sleep(0)
    assert counter.acks == []
    gate.set()
    await counter.errands.drained()
    assert counter.acks == ["first", "second"]


async def test_sessions_do_not_wait_for_each_other() -> None:
    counter, gate = Counter(), asyncio.Event()
    counter.send(saying("slow", gate))
    counter.send(saying("other"), who=session(wire(Far(), HandTime())))
    await asyncio.sleep(0.01)
    assert counter.acks == ["other"]
    gate.set()
    await counter.errands.drained()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ExamError(Code.PAUSED), Code.PAUSED),
        (Unavailable("away"), Code.UNAVAILABLE),
        (RuntimeError("a defect"), Code.INTERNAL),
    ],
)
async def test_failures_are_acked_and_the_next_errand_is_done(error: Exception, code: Code) -> None:
    counter = Counter()
    counter.send(failing(error))
    counter.send(saying("next"))
    await counter.errands.drained()
    assert counter.codes() == [code]
    assert counter.acks[-1] == "next"


async def test_who_is_cut_off_is_told_that_nothing_is_sure() -> None:
    counter = Counter()
    counter.send(saying("never", asyncio.Event()))
    counter.send(saying("nor this"))
    await asyncio.sleep(0)
    for task in list(counter.errands._tasks):
        task.cancel()
    await counter.errands.drained()
    assert counter.codes() == [Code.UNAVAILABLE, Code.UNAVAILABLE]


async def test_too_many_at_once_are_refused() -> None:
    counter, gate = Counter(), asyncio.Event()
    for _ in range(ERRANDS_PER_SESSION_MAX + 1):
        counter.send(saying("done", gate))
        await asyncio.sleep(0)
    with pytest.raises(ExamError) as refused:
        counter.send(saying("too much"))
    assert refused.value.code is Code.RATE_LIMITED
    gate.set()
    await counter.errands.drained()
    assert len(counter.acks) == ERRANDS_PER_SESSION_MAX + 1

"""A process of the world: its tasks share one fate. It may be paused, or die at any await."""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any

from tests.simulation.loop import VirtualLoop

SKEW_MS = 50
"""The clocks of processes differ by less."""

_HERE: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("process", default=None)


class Dead(ConnectionError):
    """The process has died: whatever it still tries reaches nobody."""


class Process:
    """One process; `alive` until `kill`. Its clock is off by `skew_ms`, follows Redis' clock, and
    never runs back."""

    def __init__(self, loop: VirtualLoop, name: str, skew_ms: int = 0) -> None:
        self.loop = loop
        self.name = name
        self.skew_ms = skew_ms
        self.offset_ms = 0
        """What it last read of Redis' clock, against a perfect one."""
        self._last = 0
        self.alive = True
        self.pauses = 0
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.dying: list[Callable[[], None]] = []
        self._awake: asyncio.Future[None] | None = None
        self._context = contextvars.copy_context()
        self._context.run(_HERE.set, self)

    def now(self) -> int:
        """This process's clock, ms since 1970 UTC."""
        self._last = max(self._last, self.loop.now_ms() + self.skew_ms + self.offset_ms)
        return self._last

    def read_clock(self, offset_ms: int) -> None:
        """Follow Redis' clock, which is off by so much."""
        self.offset_ms = offset_ms

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._awake is not None

    def run(self, call: Callable[..., Any], *args: Any) -> Any:
        """Call something as this process: its tasks belong to it."""
        if _HERE.get() is self:
            return call(*args)
        return self._context.run(call, *args)

    def later(self, delay: float, call: Callable[..., Any], *args: Any) -> None:
        """Call something after a while, if the process lives then; late, if it is paused."""
        self.loop.call_later(delay, self._wake_up, call, args, context=self._context)

    def _wake_up(self, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if not self.alive:
            return
        if self._awake is not None:
            self._awake.add_done_callback(lambda _: self._wake_up(call, args))
            return
        call(*args)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine as this process."""
        task: asyncio.Task[Any] = self.run(self.loop.create_task, work)
        return task

    async def gate(self) -> None:
        """Where a process meets the world: a paused one waits here, a dead one gets no further."""
        while self._awake is not None:
            await asyncio.shield(self._awake)
        if not self.alive:
            raise Dead(self.name)

    def pause(self, seconds: float) -> None:
        """Stand still for a while."""
        if self._awake is None and self.alive:
            self.pauses += 1
            self._awake = self.loop.create_future()
            self.loop.call_later(seconds, self.resume)

    def resume(self) -> None:
        """Go on."""
        awake, self._awake = self._awake, None
        if awake is not None and not awake.done():
            awake.set_result(None)

    def kill(self) -> None:
        """Die: memory is gone, connections break, nothing more is sent."""
        self.alive = False
        self.resume()
        for end in self.dying:
            end()
        for task in list(self.tasks):
            task.cancel()


def task_factory(loop: asyncio.AbstractEventLoop, work: Any, context: Any = None) -> Any:
    """Every task belongs to the process that started it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
    process = _HERE.get() if context is None else context.get(_HERE)
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(process.tasks.pop)
    return task

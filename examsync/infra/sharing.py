"""A line whose callers share pipelines: what is asked while a call is under way goes out together
in the next one (knows no exam). For reads, of which thousands come at once when an exam begins.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from examsync.infra.redis import Command, Line, LineDown, Reply

COMMANDS_MAX = 512
"""In one pipeline: its replies fit into memory and into one timeout."""
WAITING_MAX = 20_000
"""Calls that may wait; who comes when so many do is told that the line is down."""

Waiting = tuple[tuple[Command, ...], "asyncio.Future[list[Reply]]"]


class SharedLine(Line):
    """A Line on which nobody waits for a turn of his own; `timeout_s` bounds each pipeline."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float | None = 1.0,
        greet: Callable[[Line], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(url, timeout_s=timeout_s, greet=greet)
        self._waiting: deque[Waiting] = deque()
        self._sharing: asyncio.Task[None] | None = None

    async def call(self, *commands: Command, timeout_s: float | None = None) -> list[Reply]:
        """As on any line; with a `timeout_s` of its own, a call has a pipeline of its own.

        When a pipeline fails, so do the calls that wait behind it: whoever they would ask has just
        not answered.
        """
        if timeout_s is not None:
            return await super().call(*commands, timeout_s=timeout_s)
        if len(self._waiting) >= WAITING_MAX:
            raise LineDown("too many wait for this line")
        future: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, future))
        if self._sharing is None:
            self._sharing = asyncio.create_task(self._share())
        return await future

    async def close(self) -> None:
        """Hang up; who waits is told that the line is down."""
        sharing = self._sharing
        if sharing is not None:
            sharing.cancel()
            await asyncio.gather(sharing, return_exceptions=True)
        await super().close()

    async def _share(self) -> None:
        batch: list[Waiting] = []
        try:
            while self._waiting:
                batch = self._taken()
                await self._together(batch)
        except BaseException as error:
            for _, future in (*batch, *self._waiting):
                if not future.done():
                    future.set_exception(_for_another(error))
            self._waiting.clear()
            if not isinstance(error, Exception):
                raise
        finally:
            self._sharing = None

    def _taken(self) -> list[Waiting]:
        """The next calls that fit into one pipeline, without those nobody waits for any more."""
        batch: list[Waiting] = []
        count = 0
        while self._waiting and (not batch or count + len(self._waiting[0][0]) <= COMMANDS_MAX):
            commands, future = self._waiting.popleft()
            if not future.done():
                batch.append((commands, future))
                count += len(commands)
        return batch

    async def _together(self, batch: list[Waiting]) -> None:
        replies = await super().call(*(command for commands, _ in batch for command in commands))
        at = 0
        for commands, future in batch:
            if not future.done():
                future.set_result(replies[at : at + len(commands)])
            at += len(commands)


def _for_another(error: BaseException) -> Exception:
    """The same failure for each who waited, with a traceback of his own."""
    if isinstance(error, LineDown) or not isinstance(error, Exception):
        return LineDown(str(error) or "the line was closed")
    return error

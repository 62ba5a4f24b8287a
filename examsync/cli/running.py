"""How a command gets an app: built, told the time, closed again whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from msgspec import structs

from examsync import app
from examsync.config import Config
from examsync.errors import Unavailable
from examsync.infra import log
from examsync.settings import Log, LogLevel

T = TypeVar("T")

TRIES = 4
AGAIN_S = 0.25


def run(config: Config, work: Callable[[app.App], Awaitable[T]]) -> T:
    """Run something that needs storage, and no loops, to its end.

    Raises Unavailable and what `app.build` raises when Redis or Postgres cannot be asked.
    """

    async def inside() -> T:
        async with opened(config) as built:
            return await work(built)

    log.configure(_quiet(config.log))
    return asyncio.run(inside())


def _quiet(settings: Log) -> Log:
    """A command says what it did; lines of the log that say the same would stand between."""
    if settings.level is not LogLevel.INFO:
        return settings
    return structs.replace(settings, level=LogLevel.WARNING)


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[app.App]:
    """An app that knows the time and the lives, without loops."""
    built = await app.build(config)
    try:
        await _ready(built)
        yield built
    finally:
        await built.stop(flush=False)


async def _ready(built: app.App) -> None:
    """Learn the time and the lives. A slow first answer is asked for again: a command has time."""
    for tries_left in reversed(range(TRIES)):
        try:
            await built.read_clock()
            await built.lives.refresh(built.store.reads)
            return
        except Unavailable:
            if not tries_left:
                raise
            await asyncio.sleep(AGAIN_S)

"""How a process that is to stay begins: it waits for Redis and Postgres, and not for ever.

Part of `app`; used by the commands that serve and work.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from examsync import app
from examsync.config import Config
from examsync.errors import Unavailable
from examsync.infra.log import logger
from examsync.infra.loops import backoff_s

T = TypeVar("T")
log = logger(__name__)

STORAGE_WITHIN_S = 60.0
"""How long a starting process waits for Redis and Postgres: machines that come up together do so
within a minute; after that whoever supervises us should know."""
PAUSE_S_MAX = 5.0
AWAY = (
    Unavailable,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""What may be over in a moment. A wrong password or a missing database is not among it."""


@asynccontextmanager
async def started(
    config: Config, *, work: bool, within_s: float = STORAGE_WITHIN_S
) -> AsyncIterator[app.App]:
    """An app whose loops run; it flushes and stops when left.

    Raises what `awaited` raises; at once NotDurable, NotMigrated and whatever waiting cannot cure.
    """

    async def begin() -> app.App:
        built = await app.build(config)
        try:
            await built.start(work=work)
        except BaseException:
            await built.stop(flush=False)
            raise
        return built

    built = await awaited(begin, within_s)
    try:
        yield built
    finally:
        await built.stop()


async def awaited(begin: Callable[[], Awaitable[T]], within_s: float = STORAGE_WITHIN_S) -> T:
    """What `begin` gives; it is called again while it fails for want of storage.

    `begin` leaves nothing behind when it fails. After `within_s` its last error is raised.
    """
    loop = asyncio.get_running_loop()
    end, failures = loop.time() + within_s, 0
    while True:
        try:
            return await begin()
        except AWAY as error:
            failures += 1
            pause_s = min(backoff_s(failures), PAUSE_S_MAX)
            if loop.time() + pause_s > end:
                raise
            said = f"{type(error).__name__}: {error}"
            log.warning("storage is away", error=said, again_in_s=pause_s)
            await asyncio.sleep(pause_s)

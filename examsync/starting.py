"""How a process that is to stay begins: it waits for Redis and Postgres, and says so.

Part of `app`; used by the commands that serve and work.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import TypeVar

import asyncpg

from examsync import app
from examsync.config import Config
from examsync.errors import Unavailable
from examsync.infra.log import logger
from examsync.infra.loops import backoff_s
from examsync.infra.patience import limit

T = TypeVar("T")
log = logger(__name__)

PAUSE_S_MAX = 5.0
"""Between two tries, and between two lines of the log while somebody is silent."""
BUILD_S_MAX = 30.0
"""Several times what a slow Postgres takes for its first replies. A machine that has vanished in
the middle of one would be waited for without end, and never asked again."""
AWAY = (
    Unavailable,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""What may be over in a moment. A wrong password or a missing database is not among it."""
AWAY_LINE = "storage is away"
STOP_LINE = "told to stop before storage was there"


@contextmanager
def until_told() -> Iterator[None]:
    """What is within is cancelled by SIGTERM or SIGINT, and that is a good end of it.

    For the main task of the main thread. Whoever has handlers of his own meanwhile, as uvicorn
    does, hears of it instead.
    """
    task, loop, told = asyncio.current_task(), asyncio.get_running_loop(), False
    assert task is not None

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal told
        told = True
        loop.call_soon_threadsafe(task.cancel)  # it may sleep in the midst of the loop's own work

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@asynccontextmanager
async def started(
    config: Config, *, work: bool, within_s: float | None = None
) -> AsyncIterator[app.App]:
    """An app whose loops run; it flushes and stops when left.

    Waits for storage as `awaited` does and raises what that raises; at once NotDurable,
    NotMigrated and whatever waiting cannot cure.
    """
    try:
        built = await awaited(lambda: _begin(config, work=work), within_s)
    except asyncio.CancelledError:
        log.info(STOP_LINE)
        raise
    try:
        yield built
    finally:
        await built.stop()


async def _begin(config: Config, *, work: bool) -> app.App:
    async with _asking("Postgres"), limit(BUILD_S_MAX):
        built = await app.build(config)
    try:
        async with _asking("Redis or Postgres"):
            await built.start(work=work)
    except BaseException:
        await built.stop(flush=False)
        raise
    return built


async def awaited(begin: Callable[[], Awaitable[T]], within_s: float | None = None) -> T:
    """What `begin` gives; it is called again, every few seconds, while it fails for want of
    storage: for as long as that takes, or `within_s`, after which its last error is raised.

    An exam hangs on this process, and whoever would start it again could do no more than wait.
    `begin` leaves nothing behind when it fails.
    """
    loop = asyncio.get_running_loop()
    began, failures = loop.time(), 0
    while True:
        try:
            return await begin()
        except AWAY as error:
            failures += 1
            pause_s = min(backoff_s(failures), PAUSE_S_MAX)
            waited_s = loop.time() - began
            if within_s is not None and waited_s + pause_s > within_s:
                raise
            said = f"{type(error).__name__}: {error}".rstrip(": ")
            log.warning(AWAY_LINE, error=said, again_in_s=pause_s, waited_s=round(waited_s, 1))
            await asyncio.sleep(pause_s)


@asynccontextmanager
async def _asking(whom: str) -> AsyncIterator[None]:
    """Says every few seconds that `whom` is silent, and who it was that failed."""
    telling = asyncio.create_task(_tell(whom))
    try:
        yield
    except Unavailable:
        raise
    except AWAY as error:
        raise Unavailable(f"{whom} is away: {type(error).__name__}: {error}") from error
    finally:
        telling.cancel()


async def _tell(whom: str) -> None:
    silent_s = 0.0
    while True:
        await asyncio.sleep(PAUSE_S_MAX)
        silent_s += PAUSE_S_MAX
        log.warning(AWAY_LINE, error=f"{whom} has not answered for {silent_s:g} s")

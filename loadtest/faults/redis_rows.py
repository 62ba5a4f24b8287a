"""Rows in which Redis dies, or loses what it held."""

import os
import shutil
from pathlib import Path

from loadtest.faults.drill import Drill, Row
from loadtest.faults.verdict import Expected

SILENCE_S = 2.0
"""Whoever had something under way has sent it by then."""


async def killed(drill: Drill) -> None:
    """kill -9 of Redis, twice; it comes back with what it fsynced, which is all it confirmed."""
    for _ in range(2):
        await drill.load(1.0, 2.5)
        drill.strike()
        await drill.redis.do("kill")
        await drill.load(0.2, 1.5)
        await drill.redis.do("start")
        await drill.recovered()


async def flushed(drill: Drill) -> None:
    """FLUSHALL under load: the same server, empty. What was not flushed is in the outboxes.

    Then once more when nobody answers: it is noticed although nobody writes.
    """
    for _ in range(2):
        await drill.load(1.5, 3.0)
        await emptied(drill)
        await drill.recovered()
    await drill.sitting.rest()
    await drill.load(SILENCE_S)
    await emptied(drill)


async def emptied(drill: Drill) -> None:
    """FLUSHALL; it is noticed in time."""
    drill.strike()
    before = drill.epoch
    await drill.redis.command("FLUSHALL")
    await drill.claim_noticed(before)


async def flushed_and_server_killed(drill: Drill) -> None:
    """FLUSHALL, and kill -9 of the server while it begins a new life, or has just begun it."""
    for _ in range(2):
        await drill.load(1.0, 2.0)
        drill.strike()
        await drill.redis.command("FLUSHALL")
        await drill.load(0.0, 1.0)
        await drill.server.kill()
        await drill.server.start()
        await drill.recovered()


async def data_removed(drill: Drill) -> None:
    """kill -9, its files deleted, started empty."""
    await drill.load(1.5, 3.0)
    drill.strike()
    before = drill.epoch
    await drill.redis.do("wipe")
    await drill.claim_noticed(before)
    await drill.recovered()


async def rolled_back(drill: Drill) -> None:
    """An older copy of its files takes their place: a disk restored from yesterday's snapshot."""
    await drill.load(0.5, 1.5)
    folder = Path(await drill.redis.setting("dir"))
    copy = drill.house.folder / f"{drill.redis.name}-older"
    shutil.copytree(folder / "appendonlydir", copy)
    await drill.load(1.5, 3.5)
    drill.strike()
    before = drill.epoch
    await drill.redis.do("kill")
    restore(copy, folder / "appendonlydir")
    await drill.redis.do("start")
    await drill.claim_noticed(before)
    await drill.recovered()


def restore(copy: Path, folder: Path) -> None:
    """Put a copied folder in the place of the one it was copied from, for the same owner."""
    owner = folder.stat()
    shutil.rmtree(folder)
    shutil.move(copy, folder)
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)


async def killed_and_nobody_returns(drill: Drill) -> None:
    """All clients are gone the moment Redis is killed: what it confirmed must be on disk."""
    await drill.load(2.0, 3.0)
    drill.strike()
    drill.sitting.vanish(drill.sitting.present)
    await drill.redis.do("kill")
    await drill.load(0.5)
    await drill.redis.do("start")


async def flushed_and_nobody_returns(drill: Drill) -> None:
    """Redis and every outbox are lost together: what the flush had not reached is lost, no more."""
    await drill.load(2.0, 4.0)
    drill.strike()
    drill.sitting.vanish(drill.sitting.present)
    await drill.redis.command("FLUSHALL")


async def killed_with_postgres_away(drill: Drill) -> None:
    """Redis is killed while nothing can be flushed: its disk alone has five seconds of answers."""
    await drill.load(1.0)
    await drill.postgres.do("kill")
    await drill.load(4.0, 6.0)
    drill.strike()
    await drill.redis.do("kill")
    await drill.load(0.5)
    await drill.redis.do("start")
    await drill.load(1.0, 3.0)
    await drill.postgres.do("start")
    await drill.recovered()


ROWS = (
    Row("redis killed", "kill -9 of Redis and its return, twice", killed, short=True),
    Row(
        "redis flushed",
        "FLUSHALL, twice under load, and once when nobody writes",
        flushed,
        short=True,
        verified=True,
    ),
    Row(
        "redis flushed and server killed",
        "FLUSHALL, and kill -9 of the server while it begins a new life, twice",
        flushed_and_server_killed,
        verified=True,
    ),
    Row("redis data removed", "kill -9, data deleted, started empty", data_removed, verified=True),
    Row(
        "redis rolled back",
        "an older copy of its files takes their place",
        rolled_back,
        short=True,
        verified=True,
    ),
    Row(
        "redis killed and nobody back",
        "kill -9; no client is there to send again",
        killed_and_nobody_returns,
    ),
    Row(
        "redis flushed and nobody back",
        "FLUSHALL and all outboxes lost: what cannot be promised, held to its limit",
        flushed_and_nobody_returns,
        expected=Expected(loses=True),
        short=True,
    ),
    Row(
        "redis killed without postgres",
        "kill -9 of Redis while Postgres is away",
        killed_with_postgres_away,
        expected=Expected(within_s=30.0),
    ),
)

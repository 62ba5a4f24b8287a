"""Rows with a second Redis: a replica that lags and is promoted, and two primaries at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import Shape
from loadtest.faults.proxy import CLEAR, Proxy, Weather
from loadtest.faults.storage import Server
from loadtest.faults.verdict import Expected
from loadtest.ports import LOOPBACK, free_port, password_of

LAG_S = 2.5
SYNCED_WITHIN_S = 20.0


@asynccontextmanager
async def replica(drill: Drill) -> AsyncIterator[tuple[Server, Proxy]]:
    """A second Valkey that follows the first, through a proxy; both are in step."""
    primary = drill.redis
    link = Proxy(primary.port, free_port())
    await link.open()
    password = password_of(primary.url)
    settings = {"replicaof": f"{LOOPBACK} {link.port}", "masterauth": password}
    storage = drill.house.place.storage
    follower = await storage.valkey(f"{primary.name}-replica", settings, password)
    try:
        await in_step(drill, follower)
        yield follower, link
    finally:
        await link.close()
        drill.on_leaving(follower.remove)


async def in_step(drill: Drill, follower: Server) -> None:
    """Wait until the replica has all the primary has. Raises TimeoutError."""
    async with asyncio.timeout(SYNCED_WITHIN_S):
        while await follower.info("master_link_status") != "up":
            await drill.load(0.1)


def lead_to(drill: Drill, server: Server) -> None:
    """From now on the address of Redis leads to another server, as after a failover."""
    for station in drill.house.stations:
        station.redis.upstream = server.port
        station.redis.cut()


async def lagging(drill: Drill) -> None:
    """The primary dies; a replica that lags 2.5 s behind takes its place, with acks missing."""
    async with replica(drill) as (follower, link):
        await drill.load(1.5)
        link.set(Weather(frozen=True))
        await drill.load(LAG_S)
        drill.strike()
        before = drill.epoch
        await drill.redis.do("kill")
        link.cut()
        await follower.command("REPLICAOF", "NO", "ONE")
        lead_to(drill, follower)
        await drill.claim_noticed(before)
        await drill.recovered()


async def promoted_in_step(drill: Drill) -> None:
    """The same without a lag: an orderly failover, while the old primary still runs read-only."""
    async with replica(drill) as (follower, _):
        await drill.load(1.5)
        drill.strike()
        await follower.command("REPLICAOF", "NO", "ONE")
        await drill.redis.command("REPLICAOF", LOOPBACK, follower.port)
        await drill.load(0.5)
        before = drill.epoch
        lead_to(drill, follower)
        await drill.claim_noticed(before)
        await drill.recovered()


async def two_primaries(drill: Drill) -> None:
    """A partition: one process goes on with the old primary, the other with the promoted replica.

    Five seconds later the old one is gone, and all go to the new one.
    """
    async with replica(drill) as (follower, link):
        await drill.load(1.5)
        link.set(Weather(frozen=True))
        drill.strike()
        await follower.command("REPLICAOF", "NO", "ONE")
        link.cut()
        other, before = drill.house.servers[1], drill.epoch
        other.redis.upstream = follower.port
        other.redis.cut()
        await drill.claim_noticed(before)
        await drill.load(5.0)
        await drill.redis.do("kill")
        link.set(CLEAR)
        lead_to(drill, follower)
        await drill.recovered()


async def two_primaries_and_movers(drill: Drill) -> None:
    """The same, and candidates wander between the two sides meanwhile."""
    async with replica(drill) as (follower, link):
        await drill.load(1.5)
        link.set(Weather(frozen=True))
        drill.strike()
        await follower.command("REPLICAOF", "NO", "ONE")
        link.cut()
        one, two = drill.house.servers
        two.redis.upstream = follower.port
        two.redis.cut()
        for _ in range(4):
            await drill.load(1.5)
            one.door.upstream, two.door.upstream = two.door.upstream, one.door.upstream
            one.door.cut()
            two.door.cut()
        await drill.redis.do("kill")
        link.set(CLEAR)
        lead_to(drill, follower)
        await drill.recovered()


PROMPT = {"repl-diskless-sync-delay": "0", "repl-timeout": "5"}
PATIENT = Expected(within_s=30.0)

ROWS = (
    Row(
        "redis failover with lag",
        "a replica 2.5 s behind is promoted; acked answers are missing there",
        lagging,
        Shape(redis=PROMPT),
        PATIENT,
        verified=True,
        short=True,
    ),
    Row(
        "redis failover in step",
        "an orderly failover; the old primary becomes a replica",
        promoted_in_step,
        Shape(redis=PROMPT),
        PATIENT,
        verified=True,
    ),
    Row(
        "two primaries",
        "two processes, each with a primary of its own, for five seconds",
        two_primaries,
        Shape(servers=2, redis=PROMPT),
        PATIENT,
        verified=True,
        short=True,
    ),
    Row(
        "two primaries and movers",
        "the same, while candidates wander between the two sides",
        two_primaries_and_movers,
        Shape(servers=2, redis=PROMPT),
        PATIENT,
        verified=True,
    ),
)

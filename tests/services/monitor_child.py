"""A process whose candidates change at random, for the truth test: it tells the feed what is
confirmed here, until somebody kills it.

    python -m tests.services.monitor_child REDIS_URL PROCESS SEED ATTEMPT...

What it confirms goes into the list `ledger` first, as a fact goes into the log: whoever reads
that list plays the flusher.
"""

import asyncio
import random
import sys

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from examsync.attempts.attempt import Attempt
from protocol.facts import Fact
from tests.services.monitors import Ledger, any_body, changed, newcomer, now, running
from tests.unit.monitor.scene import EXAM

LEDGER = "ledger"


async def confirmed(server: Redis, after: Attempt) -> None:
    """Keep at it until it is in the list; twice is no harm."""
    while True:
        try:
            await server.rpush(LEDGER, msgspec.json.encode(after, enc_hook=dict))
            return
        except (RedisError, OSError):
            await asyncio.sleep(0.05)


async def change(server: Redis, before: Attempt, luck: random.Random) -> tuple[Attempt, Fact]:
    """One fact, confirmed."""
    after, fact = changed(before, any_body(before, luck))
    await confirmed(server, after)
    return after, fact


async def main(url: str, process: str, seed: str, names: list[str]) -> None:
    """Change something every few milliseconds; everybody stays connected and live."""
    luck = random.Random(seed)
    attempts = {name: newcomer(name, name[0].upper()) for name in names}
    server = Redis.from_url(url)
    async with running(url, Ledger(), process) as one:
        presence = one.monitor.presence
        for name, attempt in attempts.items():
            presence.connected(name, EXAM, now(), attempt.seat.hall)
        print("ready", flush=True)  # noqa: T201
        while True:
            await asyncio.sleep(luck.random() * 0.02)
            name = luck.choice(names)
            before = attempts[name]
            attempts[name], fact = await change(server, before, luck)
            one.monitor.listener(before, attempts[name], fact)
            for each in names:
                presence.seen(each, now(), pending=luck.choice([0, 0, 2]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))

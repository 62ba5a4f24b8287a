"""A process that holds thousands of joined connections until it is killed: then all are gone at
once, as when a school's line fails. `python -m loadtest.faults.holder` reads a plan on its input.
"""

import asyncio
import random
import secrets
import sys

import msgspec
from msgspec import Struct

from loadtest.client.backoff import delay_ms
from loadtest.client.line import Line, LineLost
from loadtest.descriptors import widen
from protocol.from_client import NAMESPACE_EXAM, Client

TRIES_MAX = 40


class Plan(Struct, frozen=True):
    """Where to connect, to which exam, with whose tokens, and how many at a time."""

    url: str
    exam: str
    tokens: list[str]
    at_once: int


class Held(Struct, frozen=True):
    """How many stand, and how often one of them was sent away before it came in."""

    held: int
    sent_away: int


async def hold(plan: Plan) -> None:
    """Connect and join everybody, say how many stand, and stay."""
    gate = asyncio.Semaphore(plan.at_once)
    sent_away = 0

    async def enter(number: int, token: str) -> Line | None:
        nonlocal sent_away
        for tries in range(1, TRIES_MAX + 1):
            try:
                async with gate:
                    return await joined(plan, number, token)
            except (LineLost, TimeoutError):
                sent_away += 1
            await asyncio.sleep(delay_ms(tries, random.random()) / 1_000)
        return None

    entered = await asyncio.gather(*(enter(n, token) for n, token in enumerate(plan.tokens)))
    held = [line for line in entered if line is not None]
    print(msgspec.json.encode(Held(len(held), sent_away)).decode(), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)  # its end: who asked for this is gone


async def joined(plan: Plan, number: int, token: str) -> Line:
    """One of them, who has joined. Raises LineLost, TimeoutError."""
    line = Line(plan.url, NAMESPACE_EXAM, lambda name, body: None)
    try:
        await line.open(token, Client(f"held-{number}", "drill", "1"))
        reply = await line.call("join", {"id": secrets.token_hex(16), "exam": plan.exam})
        if not reply["ok"]:
            raise LineLost(reply["problem"])
    except BaseException:
        line.close()
        raise
    return line


def main() -> int:
    """Until killed, or until its input ends."""
    widen()
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    asyncio.run(hold(plan))
    return 0


if __name__ == "__main__":
    sys.exit(main())

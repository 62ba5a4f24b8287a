"""A process that holds thousands of joined connections until it is killed: then all are gone at
once, as when a school's line fails. `python -m loadtest.faults.holder` reads a plan on its input.
"""

import asyncio
import resource
import secrets
import sys

import msgspec
from msgspec import Struct

from loadtest.client.line import Line, LineLost
from protocol.from_client import NAMESPACE_EXAM, Client

AT_ONCE = 40
SPARE_DESCRIPTORS = 256


class Plan(Struct, frozen=True):
    """Where to connect, to which exam, with whose tokens."""

    url: str
    exam: str
    tokens: list[str]


def room() -> int:
    """How many connections this machine lets one process hold, as things are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else soft
    return max(limit - SPARE_DESCRIPTORS, 0)


def widen() -> None:
    """Take all the descriptors that we may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def hold(plan: Plan) -> None:
    """Connect and join everybody, say how many stand, and stay."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def enter(number: int, token: str) -> Line | None:
        async with gate:
            line = Line(plan.url, NAMESPACE_EXAM, lambda name, body: None)
            try:
                await line.open(token, Client(f"held-{number}", "drill", "1"))
                await line.call("join", {"id": secrets.token_hex(16), "exam": plan.exam})
            except (LineLost, TimeoutError):
                return None
            return line

    entered = await asyncio.gather(*(enter(n, token) for n, token in enumerate(plan.tokens)))
    held = [line for line in entered if line is not None]
    print(len(held), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)  # its end: who asked for this is gone


def main() -> int:
    """Until killed, or until its input ends."""
    widen()
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    asyncio.run(hold(plan))
    return 0


if __name__ == "__main__":
    sys.exit(main())

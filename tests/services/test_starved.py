"""A server that gets no processor is slow, and puts nobody off: Redis is not blamed for that."""

import asyncio
import time

import pytest

from examsync.attempts.desk import PATIENCE_MS
from examsync.infra import metrics
from tests.services.installation import App, Candidate, config, done, furnish, running

CROWD, AT_ONCE = 60, 10
STOOD_S = 1.5 * PATIENCE_MS / 1_000


def unknown() -> float:
    """How many writes to Redis had no reply, so far."""
    return float(metrics.SAVES.labels("unknown")._value.get())


async def started(built: App) -> list[Candidate]:
    """Who sits: a few at a time, as each is brought from Postgres first."""
    names = [f"c{number}" for number in range(CROWD)]
    await furnish(built, *names)
    crowd = [Candidate(built, name) for name in names]
    for at in range(0, CROWD, AT_ONCE):
        await asyncio.gather(*(each.start() for each in crowd[at : at + AT_ONCE]))
    return crowd


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["before they leave", "while they are under way"])
async def test_a_loop_that_stood_still_puts_no_answer_off(
    redis_url: str, database_url: str, moment: str
) -> None:
    """Longer than a reply may take, and than anybody has patience: all are saved all the same."""
    async with running(config(redis_url, database_url)) as built:
        crowd = await started(built)
        before = unknown()
        for _ in range(3):
            sent = [asyncio.ensure_future(each.answer("right")) for each in crowd]
            await asyncio.sleep(0)
            if moment == "while they are under way":
                await asyncio.sleep(0)
            time.sleep(STOOD_S)  # noqa: ASYNC251  # this is what must not be held against them
            for reply in await asyncio.gather(*sent):
                done(reply)
        assert unknown() == before


@pytest.mark.faults
async def test_a_loop_that_stood_still_while_attempts_were_read_puts_nobody_off(
    redis_url: str, database_url: str
) -> None:
    async with running(config(redis_url, database_url)) as built:
        crowd = await started(built)
        built.attempts.doubt_all()
        sent = [asyncio.ensure_future(each.answer("right")) for each in crowd]
        for _ in range(3):
            await asyncio.sleep(0)
            time.sleep(0.5 * STOOD_S)  # noqa: ASYNC251  # as above
        for reply in await asyncio.gather(*sent):
            done(reply)

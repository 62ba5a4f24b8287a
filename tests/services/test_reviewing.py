"""What connections hold is read again when word of it was lost: heartbeats speak from memory.

Two Apps on the same servers whose loops run; the second hears nothing any more.
"""

from collections.abc import AsyncIterator

import pytest

from examsync import app
from examsync.attempts.environment import Sitter
from protocol.facts import Rev
from protocol.from_client import Pause
from tests.services.installation import (
    EXAM,
    App,
    Candidate,
    config,
    done,
    furnish,
    running,
    unique,
    until,
)


@pytest.fixture
async def apps(
    redis_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[App, App]]:
    """One that acts and flushes, and one that is deaf."""
    monkeypatch.setattr(app, "REVIEW_PERIOD_S", 0.05)
    async with running(config(redis_url, database_url)) as one, running(one.config) as deaf:
        deaf.news.heard = lambda told: None
        yield one, deaf


async def seated(one: App, deaf: App) -> Candidate:
    """Somebody who has started, and whose attempt a connection holds."""
    await furnish(one, "asha")
    asha = Candidate(deaf, "asha")
    await asha.start()
    deaf.attempts.hold(asha.attempt)
    return asha


def known(built: App, attempt: str) -> tuple[Rev, Rev]:
    """(rev, durable) as a heartbeat tells them; zeroes while it is being read."""
    confirmed = built.attempts.confirmed(attempt)
    return (confirmed.rev, confirmed.durable) if confirmed is not None else ((0, 0), (0, 0))


async def learnt(built: App, attempt: str, rev: Rev) -> None:
    """Wait until it is known there that all up to `rev` is durable."""
    await until(lambda: known(built, attempt) == (rev, rev))


async def test_after_a_gap_what_connections_hold_is_read_again_unasked(
    apps: tuple[App, App],
) -> None:
    one, deaf = apps
    asha = await seated(one, deaf)
    act = Pause(unique("pause"), EXAM, [asha.attempt], "fire drill")
    sitter = Sitter(asha.attempt, "examiner:eva")
    after = done(await one.attempts.act(one.clock.now(), sitter, act, EXAM))
    deaf.news.missed()
    await until(lambda: known(deaf, asha.attempt)[0] == after.rev)


async def test_what_became_durable_without_a_word_is_found_out(apps: tuple[App, App]) -> None:
    one, deaf = apps
    asha = await seated(one, deaf)
    rev = done(await asha.answer("right")).rev
    await one.working.flush()
    await until(lambda: known(deaf, asha.attempt) == (rev, rev))


async def test_it_is_found_out_anew_after_every_answer_though_all_was_well_before(
    apps: tuple[App, App],
) -> None:
    one, deaf = apps
    asha = await seated(one, deaf)
    for _ in range(3):
        rev = done(await asha.answer("right")).rev
        await one.working.flush()
        await learnt(deaf, asha.attempt, rev)
        assert await deaf.attempts.review() == 0

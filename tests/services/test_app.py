"""Two Apps on the same servers: what one does the other learns; what would lose answers is refused.

Their loops run, as in production; tests wait for what must come, never for a while.
"""

from collections.abc import AsyncIterator
from typing import Any, Never

import pytest
import redis

from examsync.access.token import Identity
from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.attempts.news import DurableTold
from examsync.attempts.pending import Pending
from examsync.attempts.ports import Life
from examsync.errors import Unavailable
from protocol.facts import ExamOrdered, ExamPaused, Fact, Paused
from protocol.from_client import Pause
from protocol.problems import Problem
from protocol.types import Role
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
    view,
)


@pytest.fixture
async def one(redis_url: str, database_url: str) -> AsyncIterator[App]:
    """A process that serves."""
    async with running(config(redis_url, database_url)) as one:
        yield one


@pytest.fixture
async def two(one: App) -> AsyncIterator[App]:
    """Another."""
    async with running(one.config) as two:
        yield two


async def pause(built: App, attempt: str) -> Attempt:
    act = Pause(unique("pause"), EXAM, [attempt], "fire drill")
    sitter = Sitter(attempt, "examiner:eva")
    return done(await built.attempts.act(built.clock.now(), sitter, act, EXAM))


def heard_by(built: App) -> list[tuple[Attempt, Fact]]:
    """What connections of this process are told of other processes' facts, from now on."""
    heard: list[tuple[Attempt, Fact]] = []
    built.wires.on_heard.append(lambda attempt, fact: heard.append((attempt, fact)))
    return heard


async def seated(built: App, candidate: str) -> Candidate:
    """A candidate who has started, connected to this process."""
    sitting = Candidate(built, candidate)
    await sitting.start()
    built.attempts.hold(sitting.attempt)
    return sitting


# --- told and heard -----------------------------------------------------------------------------


async def test_an_examiners_act_at_one_is_heard_at_the_attempt_that_the_other_holds(
    one: App, two: App
) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    heard, own = heard_by(two), heard_by(one)
    after = await pause(one, asha.attempt)
    await until(lambda: heard)
    ((attempt, fact),) = heard
    assert isinstance(fact.body, Paused)
    assert attempt.rev == after.rev == (fact.epoch, fact.n)
    confirmed = two.attempts.confirmed(asha.attempt)
    assert confirmed is not None
    assert confirmed.core.state == "paused"
    assert own == [], "nobody hears himself"


async def test_what_could_not_be_read_when_it_was_told_is_heard_later(
    one: App, two: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    refused: list[Problem | None] = []
    view = two.attempts.view
    with monkeypatch.context() as away:

        async def silent(*_: object) -> Never:
            raise Unavailable("away")

        def viewed(attempt_id: str) -> Pending[Reply]:
            asked = view(attempt_id)
            asked.then(lambda reply: refused.append(reply.problem))
            return asked

        away.setattr(two.store, "load_all", silent)
        away.setattr(two.attempts, "view", viewed)
        heard = heard_by(two)
        await pause(one, asha.attempt)
        await until(lambda: refused)
        assert refused[0] is not None
        assert heard == []
    await until(lambda: heard)
    assert isinstance(heard[0][1].body, Paused)


async def test_a_take_over_at_one_is_heard_at_the_other_and_an_answer_is_not(
    one: App, two: App
) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    heard = heard_by(two)
    done(await asha.answer("right"))
    await Candidate(one, "asha", device="tablet").join()
    await until(lambda: heard)
    assert [fact.body.__struct_config__.tag for _, fact in heard] == ["lease_granted"]
    assert heard[0][0].core.lease != asha.lease


async def test_what_one_flushes_the_other_knows_to_be_durable(one: App, two: App) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    told: list[dict[str, Any]] = []
    two.wires.on_durable.append(lambda revs, facts: told.append({"revs": revs, "facts": facts}))
    rev = done(await asha.answer("right")).rev
    await one.working.flush()
    await until(lambda: told)
    assert told == [{"revs": {asha.attempt: rev}, "facts": []}]
    confirmed = two.attempts.confirmed(asha.attempt)
    assert confirmed is not None
    assert confirmed.durable == rev


async def test_word_that_was_lost_is_made_up_for_by_what_is_durable(one: App, two: App) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    two.news.heard = lambda told: two.wires.heard(told) if isinstance(told, DurableTold) else None
    after = await pause(one, asha.attempt)
    await one.working.flush()
    await until(lambda: rev_of(two, asha.attempt) == after.rev)


def rev_of(built: App, attempt: str) -> object:
    confirmed = built.attempts.confirmed(attempt)
    return confirmed.rev if confirmed is not None else None


async def test_after_a_gap_nothing_at_hand_is_trusted(one: App, two: App) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    two.news.heard = lambda told: None
    after = await pause(one, asha.attempt)
    two.news.missed()
    assert (await view(two, asha.attempt)).rev == after.rev


async def test_an_act_on_the_whole_exam_holds_at_both(one: App, two: App) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    learned: list[int] = []
    two.exams.listeners.append(lambda before, after, facts: learned.append(after.n))
    await one.exams.act(EXAM, ExamPaused("p", "fire drill"), "examiner:eva")
    await until(lambda: learned)
    refused = (await asha.answer("while it stands")).problem
    assert refused is not None
    assert refused.code == "paused"
    await one.exams.act(EXAM, ExamOrdered("end", "terminate", ""), "examiner:eva")
    assert (await view(two, asha.attempt)).core.state == "terminated"


# --- lives --------------------------------------------------------------------------------------


async def test_a_wiped_redis_is_a_new_epoch_for_everybody(
    one: App, two: App, client: redis.Redis
) -> None:
    await furnish(one, "asha")
    asha = await seated(two, "asha")
    await one.working.flush()
    lives: list[Life] = []
    for each in (one, two):
        each.wires.on_life.append(lives.append)
    client.flushall()
    await until(lambda: len(lives) == 4)
    assert sorted((life.p, life.epoch) for life in lives) == [(0, 2), (0, 2), (1, 2), (1, 2)]
    assert done(await asha.answer("right")).rev == (2, 3)


async def test_what_was_revoked_is_known_before_it_serves_and_heard_of_later(one: App) -> None:
    now = one.clock.now()
    eva, ravi = (
        Identity(who, Role.ADMIN, frozenset(), frozenset(), now, now + 60_000, f"jti-{who}")
        for who in ("eva", "ravi")
    )
    await one.accounts.sign_out_everywhere("eva")
    async with running(one.config) as built:
        assert built.revocations.is_revoked(eva)
        heard: list[str] = []
        built.wires.on_revoked.append(lambda revocation: heard.append(revocation.key))
        await one.accounts.sign_out_everywhere("ravi")
        await until(lambda: "ravi" in heard)
        assert built.revocations.is_revoked(ravi)


async def test_a_listener_that_fails_stops_nobody_else(one: App) -> None:
    await furnish(one, "asha")

    def fails(before: Attempt, after: Attempt, fact: Fact) -> None:
        raise ZeroDivisionError

    told: list[Fact] = []
    one.attempts.listeners[:0] = [fails]
    one.attempts.listeners.append(lambda before, after, fact: told.append(fact))
    attempt = await Candidate(one, "asha").start()
    assert [fact.n for fact in told] == [1, 2]
    assert attempt.n == 2

"""The sweep on real servers: nothing stays open that is over, nothing is closed that is not."""

import asyncio
from typing import Any

import pytest
import redis
from msgspec import structs

from examsync.attempts import closing, sweep
from examsync.attempts.identity import partition
from examsync.infra import keys
from protocol.facts import ExamExtended
from protocol.types import AttemptState
from tests.services.installation import (
    HOUR,
    MINUTE,
    App,
    Candidate,
    ahead,
    furnish,
    settled,
    view,
)

EXAM = "exam-1"
STATE = AttemptState


def hints(built: App, client: redis.Redis) -> dict[str, int]:
    """When the sweep will look at which attempt."""
    found: dict[str, int] = {}
    for p in range(built.config.redis.partitions):
        due: Any = client.zrange(keys.due(p), 0, -1, withscores=True)
        found |= {name.decode(): int(score) for name, score in due}
    return found


async def states(built: App) -> dict[str, str]:
    """candidate -> state, as Postgres has it after a flush."""
    await built.working.flush()
    rows = await built.pool.fetch("SELECT candidate, state FROM attempts")
    return {row["candidate"]: row["state"] for row in rows}


async def told(built: App, kind: str) -> int:
    """How many facts of this kind Postgres has after a flush."""
    await built.working.flush()
    count: int = await built.pool.fetchval("SELECT count(*) FROM facts WHERE kind = $1", kind)
    return count


async def started_long_ago(built: App, candidate: str) -> Candidate:
    """An attempt whose half hour is over since long."""
    sitting = Candidate(built, candidate)
    await sitting.start(built.clock.now() - 40 * MINUTE)
    return sitting


async def sweep_all(built: App) -> None:
    """Both ways, as the loops do."""
    await built.working.sweep_due()
    await built.working.walk()


# --- hints --------------------------------------------------------------------------------------


async def test_an_attempt_is_closed_at_its_deadline_when_its_hint_is_due(
    built: App, client: redis.Redis
) -> None:
    (id_,) = await furnish(built, "asha")
    asha = await started_long_ago(built, "asha")
    await settled(built)
    await built.working.sweep_due()
    attempt = await view(built, id_)
    assert attempt.core.state is STATE.EXPIRED
    assert attempt.core.started_at is not None
    assert attempt.core.closed_at == attempt.core.started_at + 30 * MINUTE
    assert hints(built, client) == {}
    late = (await asha.answer()).decision
    assert late is not None
    assert not late.counted


async def test_nothing_is_closed_before_a_second_after_the_last_answer_counts(built: App) -> None:
    (id_,) = await furnish(built, "asha", grace_ms=60_000)
    await settled(built)
    await Candidate(built, "asha").start(built.clock.now() - 30 * MINUTE - 50_000)
    await built.working.sweep_due()
    await built.working.walk()
    assert (await view(built, id_)).core.state is STATE.IN_PROGRESS


async def test_a_hint_that_is_early_is_put_right(built: App, client: redis.Redis) -> None:
    (id_,) = await furnish(built, "asha")
    asha = await started_long_ago(built, "asha")
    was = hints(built, client)[id_]
    await built.exams.act(EXAM, ExamExtended("more", HOUR, ""), "examiner:eva")
    await settled(built)
    await built.working.sweep_due()
    assert (await view(built, id_)).core.state is STATE.IN_PROGRESS
    assert hints(built, client) == {id_: was + HOUR}
    assert (await asha.answer()).problem is None


async def test_a_hint_for_nobody_goes_away(built: App, client: redis.Redis) -> None:
    await furnish(built)
    await settled(built)
    client.zadd(keys.due(0), {"nobody": 1})
    await built.working.sweep_due()
    assert hints(built, client) == {}


async def test_more_hints_than_one_turn_takes_are_due_at_the_next(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "AT_ONCE_MAX", 2)
    names = [f"c-{n}" for n in range(9)]
    await furnish(built, *names)
    for name in names:
        await started_long_ago(built, name)
    await settled(built)
    await built.working.sweep_due()
    assert list((await states(built)).values()).count("expired") == 4
    for _ in range(4):
        await built.working.sweep_due()
    assert set((await states(built)).values()) == {"expired"}


# --- the walk -----------------------------------------------------------------------------------


async def test_who_never_came_is_absent_when_nobody_may_start_any_more(built: App) -> None:
    now = built.clock.now()
    (id_,) = await furnish(built, "asha", window_end=now - MINUTE)
    await settled(built)
    await built.working.sweep_due()
    assert await states(built) == {"asha": "not_started"}
    await built.working.walk()
    assert await states(built) == {"asha": "absent"}
    assert (await view(built, id_)).core.closed_at == now - MINUTE


async def test_what_a_wiped_redis_has_forgotten_is_closed_from_postgres(
    built: App, client: redis.Redis
) -> None:
    (id_,) = await furnish(built, "asha")
    await started_long_ago(built, "asha")
    await built.working.flush()
    client.flushall()
    await built.watch_lives()
    await settled(built)
    await built.working.sweep_due()
    assert await states(built) == {"asha": "in_progress"}
    await built.working.walk()
    assert await states(built) == {"asha": "expired"}
    assert (await view(built, id_)).epoch == 2


async def test_every_page_of_the_walk_is_looked_at(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 3)
    monkeypatch.setattr(sweep, "AT_ONCE_MAX", 2)
    now = built.clock.now()
    await furnish(built, *(f"c-{n}" for n in range(10)), window_end=now - MINUTE)
    await furnish(built, "asha", exam="exam-2")
    await settled(built)
    assert await built.working.sweep.walk() == 10
    assert await built.working.sweep.walk() == 10, "Postgres has heard of nothing yet"
    found = await states(built)
    assert found.pop("asha") == "not_started"
    assert set(found.values()) == {"absent"}
    assert await built.working.sweep.walk() == 0
    assert await told(built, "absent") == 10


async def test_exams_that_are_not_published_are_left_alone(built: App) -> None:
    await furnish(built, "asha", window_end=built.clock.now() - MINUTE)
    await built.exams.archive(EXAM)
    await settled(built)
    assert await built.working.sweep.walk() == 0


# --- lives, and others ----------------------------------------------------------------------------


async def test_after_a_new_epoch_clients_have_a_replay_window_first(
    built: App, client: redis.Redis
) -> None:
    (id_,) = await furnish(built, "asha")
    await started_long_ago(built, "asha")
    await built.working.flush()
    client.flushall()
    await built.watch_lives()
    life = built.lives.get(partition(id_, 2))
    assert life is not None
    await view(built, id_)
    ahead(built, life.began_at + closing.REPLAY_WINDOW_MS - 1_000 - built.clock.now())
    await sweep_all(built)
    assert await states(built) == {"asha": "in_progress"}
    ahead(built, 1_000)
    await built.working.sweep_due()
    assert await states(built) == {"asha": "expired"}


async def test_who_has_not_heard_of_a_new_epoch_closes_nothing_in_it_either(
    built: App, client: redis.Redis
) -> None:
    (id_,) = await furnish(built, "asha")
    await started_long_ago(built, "asha")
    await built.working.flush()
    p = partition(id_, 2)
    life = built.lives.get(p)
    assert life is not None
    old = structs.replace(life, began_at=life.began_at - MINUTE)
    client.set(keys.epoch(p), old.text)
    await built.watch_lives()
    client.flushall()
    assert built.lives.get(p) == old
    await built.working.walk()
    assert built.lives.get(p) not in (old, None)
    assert await states(built) == {"asha": "in_progress"}
    ahead(built, closing.REPLAY_WINDOW_MS + 1_000)
    await built.working.walk()
    assert await states(built) == {"asha": "expired"}


async def test_before_any_life_is_known_nothing_is_closed(built: App) -> None:
    await furnish(built, "asha", window_end=built.clock.now() - MINUTE)
    await settled(built)
    built.lives.doubt()
    await sweep_all(built)
    assert await states(built) == {"asha": "not_started"}


async def test_several_sweeps_at_once_close_each_attempt_once(built: App, other: App) -> None:
    names = [f"c-{n}" for n in range(12)]
    now = built.clock.now()
    await furnish(built, *names, "never-1", "never-2", window_end=now - MINUTE)
    for name in names:
        await started_long_ago(built, name)
    await built.working.flush()
    closed: list[str] = []
    sweeps = [
        sweep.Sweep(each.attempts, lambda attempt, at: closed.append(attempt.id))
        for each in (built, other)
        for _ in range(2)
    ]
    for each in (built, other):
        await settled(each)
    turns = [one.turn(p) for one in sweeps for p in range(2)]
    await asyncio.gather(*turns, *(one.walk() for one in sweeps))
    assert len(closed) == len(set(closed)) == 14
    assert await told(built, "expired") == 12
    assert await told(built, "absent") == 2


async def test_more_time_for_the_exam_is_learnt_before_anything_is_closed(
    built: App, other: App
) -> None:
    (id_,) = await furnish(built, "asha")
    await started_long_ago(other, "asha")
    await built.exams.act(EXAM, ExamExtended("more", HOUR, ""), "examiner:eva")
    await settled(other)
    await other.working.sweep_due()
    assert (await view(other, id_)).core.state is STATE.IN_PROGRESS


async def test_it_tells_when_what_it_closed_was_confirmed(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    await started_long_ago(built, "asha")
    await settled(built)
    closed: list[tuple[str, int]] = []
    one = sweep.Sweep(built.attempts, lambda attempt, at: closed.append((attempt.id, at)))
    before = built.clock.now()
    for p in range(2):
        await one.turn(p)
    ((told_of, at),) = closed
    assert told_of == id_
    assert before <= at <= built.clock.now()

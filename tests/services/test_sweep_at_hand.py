"""What a process has at hand it closes itself, and workers leave it that long."""

import redis

from examsync.app import App
from examsync.attempts import sweep
from examsync.attempts.identity import partition
from examsync.attempts.timing import SWEEP_AFTER_MS
from examsync.infra import keys
from protocol.types import AttemptState
from tests.services.installation import MINUTE, Candidate, ahead, furnish, settled, view

EXAM = "exam-1"
EXPIRED, OPEN = AttemptState.EXPIRED, AttemptState.IN_PROGRESS
GRACE_MS = 5_000


async def due_since(built: App, ms: int, *names: str) -> list[str]:
    """Attempts that are due to be closed since then; their ids."""
    ids = await furnish(built, *names, grace_ms=GRACE_MS)
    await settled(built)
    ended = 30 * MINUTE + GRACE_MS + SWEEP_AFTER_MS
    for name in names:
        await Candidate(built, name).start(built.clock.now() - ended - ms)
    return ids


async def test_who_sits_here_is_closed_here_as_soon_as_it_is_due(built: App) -> None:
    held, other = await due_since(built, 0, "asha", "ravi")
    built.attempts.hold(held)
    await built.working.sweep_at_hand()
    assert (await view(built, held)).core.state is EXPIRED
    assert (await view(built, other)).core.state is OPEN


async def test_workers_leave_what_is_just_due_to_who_has_it(built: App) -> None:
    (id_,) = await due_since(built, 0, "asha")
    await built.working.sweep_due()
    assert (await view(built, id_)).core.state is OPEN
    ahead(built, sweep.AT_HAND_FIRST_MS)
    await built.working.sweep_due()
    assert (await view(built, id_)).core.state is EXPIRED


async def test_workers_come_back_to_what_was_taken_and_not_closed(
    built: App, client: redis.Redis
) -> None:
    (id_,) = await due_since(built, 0, "asha")
    built.attempts.hold(id_)
    p = partition(id_, built.config.redis.partitions)
    before = built.clock.now()
    assert await built.working.sweep._taken(p) == [id_]
    hint = client.zscore(keys.due(p), id_)
    assert isinstance(hint, float)
    assert before <= hint - sweep.PUT_OFF_MS <= built.clock.now()
    ahead(built, sweep.AT_HAND_FIRST_MS)
    await built.working.sweep_due()
    assert (await view(built, id_)).core.state is OPEN
    ahead(built, sweep.PUT_OFF_MS)
    await built.working.sweep_due()
    assert (await view(built, id_)).core.state is EXPIRED
    assert await built.working.sweep._taken(p) == []


async def test_what_is_held_and_not_due_is_left_alone(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    await settled(built)
    asha = Candidate(built, "asha")
    await asha.start()
    built.attempts.hold(id_)
    await built.working.sweep_at_hand()
    assert (await view(built, id_)).core.state is OPEN
    assert (await asha.answer("yes")).problem is None


async def test_an_answer_that_came_in_time_is_decided_before_the_close(built: App) -> None:
    (id_,) = await due_since(built, 0, "asha")
    asha = Candidate(built, "asha")
    await asha.join()
    built.attempts.hold(id_)
    deadline = (await view(built, id_)).core.started_at
    assert deadline is not None
    reply = await asha.answer("in time", at=deadline + 30 * MINUTE - 1)
    await built.working.sweep_at_hand()
    after = await view(built, id_)
    assert reply.decision is not None
    assert reply.decision.counted
    assert not reply.decision.late
    assert [held.response for held in after.responses.values()] == ["in time"]
    assert after.core.state is EXPIRED


async def test_thousands_with_one_deadline_are_all_closed_by_one_turn(built: App) -> None:
    names = [f"c-{n:03d}" for n in range(250)]
    ids = await due_since(built, 0, *names)
    for id_ in ids:
        built.attempts.hold(id_)
    await built.working.sweep_at_hand()
    states = {(await view(built, id_)).core.state for id_ in ids}
    assert states == {EXPIRED}

"""The sweep under pauses and orders of the whole exam, on real servers."""

import json

from examsync.attempts.environment import Sitter
from protocol.facts import ExamAnnounced, ExamOrdered, ExamPaused, ExamResumed
from protocol.from_client import Pause
from protocol.types import AttemptState
from tests.services.installation import (
    EXAM,
    HOUR,
    MINUTE,
    App,
    Candidate,
    ahead,
    done,
    furnish,
    settled,
    unique,
    view,
)
from tests.services.test_sweep import started_long_ago, states, sweep_all, told


async def order(built: App, kind: str, extra_ms: int = 0) -> None:
    await built.exams.act(EXAM, ExamOrdered(unique("order"), kind, "", extra_ms), "examiner:eva")


# --- pauses -------------------------------------------------------------------------------------


async def test_a_clock_that_stands_is_closed_by_the_exams_end_only_and_flagged(built: App) -> None:
    now = built.clock.now()
    (id_,) = await furnish(built, "asha", closes_at=now + 90 * MINUTE)
    await started_long_ago(built, "asha")
    pause = Pause(unique("pause"), EXAM, [id_], "fire drill")
    sitter = Sitter(id_, "examiner:eva")
    done(await built.attempts.act(now - 30 * MINUTE, sitter, pause, EXAM))
    await settled(built)
    await sweep_all(built)
    assert await states(built) == {"asha": "paused"}
    ahead(built, 2 * HOUR)
    await sweep_all(built)
    assert await states(built) == {"asha": "expired"}
    fact = json.loads(await built.pool.fetchval("SELECT fact FROM facts WHERE kind = 'expired'"))
    assert fact["body"]["unresumed"]
    assert fact["body"]["closed_at"] == now + 90 * MINUTE


async def test_while_the_whole_exam_is_paused_nobody_is_closed(built: App) -> None:
    await furnish(built, "asha")
    await settled(built)
    await Candidate(built, "asha").start(built.clock.now() - 29 * MINUTE)
    await built.exams.act(EXAM, ExamPaused("p", ""), "examiner:eva")
    ahead(built, 10 * MINUTE)
    await sweep_all(built)
    assert await states(built) == {"asha": "in_progress"}
    await built.exams.act(EXAM, ExamResumed("r", ""), "examiner:eva")
    ahead(built, 59_000)
    await sweep_all(built)
    assert await states(built) == {"asha": "in_progress"}
    ahead(built, 10_000)
    await built.working.sweep_due()
    assert await states(built) == {"asha": "expired"}


# --- orders -------------------------------------------------------------------------------------


async def test_an_order_half_carried_out_is_carried_out_by_the_walk(built: App, other: App) -> None:
    asha, *_ = await furnish(built, "asha", "ravi", "mina", "omar")
    for name in ("asha", "ravi", "mina"):
        await Candidate(built, name).start()
    await Candidate(built, "mina").join()
    await other.exams.refresh(EXAM)
    mina = Candidate(other, "mina")
    await mina.join()
    await mina.submit()
    await order(built, "terminate")
    assert (await view(built, asha)).core.state is AttemptState.TERMINATED
    await settled(other)
    await built.working.flush()
    await other.working.walk()
    ended = {"asha": "terminated", "ravi": "terminated", "omar": "terminated"}
    assert await states(other) == {**ended, "mina": "submitted"}
    assert await other.working.sweep.walk() == 0
    assert await told(other, "terminated") == 3


async def test_handing_in_for_all_is_for_those_who_started(built: App) -> None:
    await furnish(built, "asha", "ravi")
    await Candidate(built, "asha").start()
    await built.working.flush()
    await order(built, "submit_for")
    await settled(built)
    await built.working.walk()
    assert await states(built) == {"asha": "submitted", "ravi": "not_started"}


async def test_an_exam_that_is_reopened_is_open_for_those_too_who_ask_for_nothing(
    built: App,
) -> None:
    await furnish(built, "asha", "ravi")
    await Candidate(built, "asha").start()
    await settled(built)
    await order(built, "terminate")
    await built.working.walk()
    assert set((await states(built)).values()) == {"terminated"}
    await order(built, "reopen", 10 * MINUTE)
    await built.working.walk()
    assert await states(built) == {"asha": "in_progress", "ravi": "not_started"}
    assert await built.working.sweep.walk() == 0
    asha = Candidate(built, "asha")
    await asha.join()
    await asha.submit()
    assert await states(built) == {"asha": "submitted", "ravi": "not_started"}
    assert await built.working.sweep.walk() == 0, "who hands in after that is not reopened again"


async def test_a_text_that_postgres_cannot_take_apart_stops_no_walk(built: App) -> None:
    await furnish(built, "asha")
    await Candidate(built, "asha").start()
    await settled(built)
    await built.exams.act(EXAM, ExamAnnounced("a", 'nul \x00 and "order":"reopen"'), "examiner:eva")
    await order(built, "terminate")
    await built.working.flush()
    await built.working.walk()
    assert await states(built) == {"asha": "terminated"}
    assert await built.working.sweep.walk() == 0

"""Rolls changed on real servers while candidates look, wait at the door and start."""

import asyncio

import pytest

from examsync.attempts import enrolment
from examsync.attempts.attempt import Seat
from examsync.attempts.enrolment import Enrolment
from examsync.attempts.identity import attempt_id
from examsync.attempts.news import SeatsTold
from examsync.errors import ExamError
from examsync.rolls import enrolment_of
from protocol.http_exams import ChangeCandidate
from protocol.problems import Code
from tests.services.installation import (
    EXAM,
    App,
    Candidate,
    config,
    furnish,
    running,
    until,
    view,
)

LIST = b"candidate,name,hall\nasha,Asha,East\nravi,Ravi,East\nmina,Mina,West\n"
SLOWER = ChangeCandidate(factor_permille=2_000)


async def seat(built: App, candidate: str) -> Seat:
    """The seat of somebody as Postgres has it."""
    (standing,) = await enrolment_of(built).rolls.standing(EXAM, [attempt_id(EXAM, candidate)])
    return standing.seat


async def refusal(rolls: Enrolment, candidate: str, change: ChangeCandidate | None) -> Code:
    """Why somebody is not changed, or not taken off."""
    asked = rolls.remove(EXAM, candidate) if change is None else None
    with pytest.raises(ExamError) as refused:
        await (asked or rolls.change(EXAM, candidate, change or ChangeCandidate()))
    return refused.value.code


async def test_a_list_is_put_on_the_roll_once(built: App) -> None:
    await furnish(built)
    rolls = enrolment_of(built)
    dry = await rolls.import_list(EXAM, LIST)
    assert (dry.new, dry.committed) == (3, False)
    assert await built.records.ids_of(EXAM) == []
    done = await rolls.import_list(EXAM, LIST, commit=True)
    assert (done.new, done.committed) == (3, True)
    again = await rolls.import_list(EXAM, LIST, commit=True)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)


async def test_of_two_lists_at_once_each_is_whole(built: App, other: App) -> None:
    await furnish(built)
    lists = [LIST, LIST.replace(b"East", b"North"), LIST.replace(b"East", b"South")] * 3
    apps = [built, other] * 5
    await asyncio.gather(
        *(
            enrolment_of(app).import_list(EXAM, text, commit=True)
            for app, text in zip(apps, lists, strict=False)
        )
    )
    assert {(await seat(built, who)).hall for who in ("asha", "ravi")} in (
        {"East"},
        {"North"},
        {"South"},
    )


async def test_another_process_that_has_the_seat_in_memory_reads_it_again(
    redis_url: str, database_url: str
) -> None:
    settings = config(redis_url, database_url)
    async with running(settings) as here, running(settings) as there:
        (id_,) = await furnish(here, "asha")
        await there.exams.refresh(EXAM)
        assert (await view(there, id_)).seat.factor_permille == 1_000
        await enrolment_of(here).change(EXAM, "asha", SLOWER)

        async def known() -> int:
            confirmed = (await view(there, id_)).seat
            return confirmed.factor_permille

        async with asyncio.timeout(5):
            while await known() != 2_000:  # noqa: ASYNC110  # news come when they come
                await asyncio.sleep(0.01)
        attempt = await Candidate(there, "asha").start()
        assert attempt.seat.factor_permille == 2_000


async def test_a_view_under_way_does_not_hide_that_the_seat_changed(built: App, other: App) -> None:
    (id_,) = await furnish(built, "asha")
    await view(other, id_)
    await enrolment_of(built).change(EXAM, "asha", SLOWER)
    looking = other.attempts.view(id_)
    other.wires.heard(SeatsTold("elsewhere", [id_]))
    await looking
    assert (await view(other, id_)).seat.factor_permille == 2_000


async def test_what_was_read_before_the_seat_changed_is_read_again(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = await furnish(built, "asha")
    await view(built, id_)
    refresh = other.exams.refresh

    async def meanwhile(exam: str) -> None:
        """Called when the attempt has been read, and is not at its desk yet."""
        monkeypatch.undo()
        await enrolment_of(built).change(EXAM, "asha", SLOWER)
        other.wires.heard(SeatsTold("elsewhere", [id_]))
        await refresh(exam)

    monkeypatch.setattr(other.exams, "refresh", meanwhile)
    assert (await view(other, id_)).seat.factor_permille == 2_000


async def test_who_waits_at_the_door_starts_with_the_new_plan_even_unheard_of(
    built: App, other: App
) -> None:
    """Without loops no process hears of anything: what is in Redis decides."""
    await furnish(built, "asha")
    asha = Candidate(other, "asha")
    await asha.join()
    await built.working.flush()
    await enrolment_of(built).change(EXAM, "asha", SLOWER)
    attempt = await asha.start()
    assert attempt.seat.factor_permille == 2_000


async def test_what_is_not_durable_yet_is_waited_for(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(built, "asha")
    await Candidate(built, "asha").join()
    monkeypatch.setattr(enrolment, "TRIES_MAX", 2)
    monkeypatch.setattr(enrolment, "AGAIN_S", 0.01)
    rolls = enrolment_of(built)
    assert await refusal(rolls, "asha", SLOWER) is Code.CONFLICT
    assert (await seat(built, "asha")).factor_permille == 1_000
    await built.working.flush()
    assert (await rolls.change(EXAM, "asha", SLOWER)).seat.factor_permille == 2_000


async def test_a_start_that_is_not_durable_yet_keeps_the_seat_as_it_is(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = await furnish(built, "asha")
    await view(built, id_)
    await Candidate(built, "asha").start()
    monkeypatch.setattr(enrolment, "TRIES_MAX", 2)
    monkeypatch.setattr(enrolment, "AGAIN_S", 0.01)
    rolls = enrolment_of(built)
    for change in (SLOWER, None):
        assert await refusal(rolls, "asha", change) is Code.CONFLICT
    await built.working.flush()
    assert await refusal(rolls, "asha", SLOWER) is Code.ALREADY_STARTED
    assert await refusal(rolls, "asha", None) is Code.CONFLICT
    assert (await view(built, id_)).core.state == "in_progress"


async def test_starts_and_changes_at_once_end_in_one_plan_for_both(built: App, other: App) -> None:
    """Whoever started first: what Redis holds of the seat is what the row says."""
    names = [f"c-{number}" for number in range(12)]
    await furnish(built, *names)
    for name in names[:6]:  # some wait at the door
        await Candidate(other, name).join()
    await built.working.flush()
    flushing = asyncio.create_task(_flush(built))

    async def change(name: str) -> None:
        try:
            await enrolment_of(built).change(EXAM, name, SLOWER)
        except ExamError as refused:
            assert refused.code in (Code.ALREADY_STARTED, Code.CONFLICT)  # noqa: PT017

    try:
        starts = [Candidate(other, name).start() for name in names]
        await asyncio.gather(*starts, *(change(name) for name in names))
    finally:
        flushing.cancel()
    await built.working.flush()
    for name in names:
        built.attempts.doubt_all()
        attempt = await view(built, attempt_id(EXAM, name))
        assert attempt.core.state == "in_progress"
        assert attempt.seat == await seat(built, name)


async def _flush(built: App) -> None:
    while True:
        await built.working.flush()
        await asyncio.sleep(0.05)


async def test_who_was_taken_off_is_nobody_until_put_on_again(built: App, other: App) -> None:
    (id_,) = await furnish(built, "asha")
    await view(other, id_)  # at hand there, and in Redis
    rolls = enrolment_of(built)
    await rolls.remove(EXAM, "asha")
    reply = await built.attempts.view(id_)
    assert reply.problem is not None
    assert reply.problem.code is Code.NOT_FOUND
    with pytest.raises(AssertionError, match="not_found"):
        await Candidate(other, "asha").join()
    assert await built.records.exams_of("asha") == []
    await built.records.register([Seat(EXAM, "asha", "Asha")])
    assert (await Candidate(other, "asha").join()).seat.name == "Asha"


async def test_a_roll_is_copied_with_its_plans(built: App) -> None:
    await furnish(built)
    await furnish(built, exam="exam-2")
    rolls = enrolment_of(built)
    await rolls.import_list(EXAM, LIST + b"omar,,\n", commit=True)
    await rolls.change(EXAM, "asha", SLOWER)
    assert await rolls.copy(EXAM, "exam-2") == 4
    first, second = [await rolls.rolls.standing(exam) for exam in (EXAM, "exam-2")]
    assert [each.seat.candidate for each in second] == [each.seat.candidate for each in first]
    assert second[0].seat.factor_permille == 2_000
    assert await rolls.copy("exam-2", EXAM) == 4  # those who are there stay


async def test_the_monitor_hears_of_a_change(redis_url: str, database_url: str) -> None:
    async with running(config(redis_url, database_url)) as built:
        await furnish(built, "asha")
        heard: list[str] = []
        rolls = enrolment_of(built)
        repair = built.monitor._repair.everybody

        def everybody(exam: str, *, here: bool = False) -> None:
            heard.append(exam)
            repair(exam, here=here)

        built.monitor._repair.everybody = everybody  # type: ignore[method-assign]
        await rolls.change(EXAM, "asha", ChangeCandidate(name="A."))
        await until(lambda: heard)
        assert heard == [EXAM]
        await rolls.change(EXAM, "asha", ChangeCandidate(name="A."))
        assert heard == [EXAM]

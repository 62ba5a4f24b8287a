"""The roll of an exam in a real Postgres: pages, counts, labels, and one change at a time."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from examsync.attempts.attempt import Seat
from examsync.attempts.enrolled import Sought
from examsync.attempts.identity import attempt_id
from examsync.attempts.roll import Roll
from examsync.errors import Unavailable
from examsync.infra.postgres import Pool, connect_pool

KEY = b"k" * 32
EXAM = "exam-1"
SEATS = [
    Seat(EXAM, "c-1", "Asha", "East", "B", 1_250, 600_000),
    Seat(EXAM, "c-10", "ravi", "East", "A"),
    Seat(EXAM, "c-2", "Ähre", "West", "B"),
    Seat(EXAM, "C-3", "आशा", "", "A"),
    Seat(EXAM, "c-4", "", "West", ""),
]


@pytest.fixture
async def rolls(pool: Pool) -> Roll:
    """A roll of five at exam-1, and an empty one at exam-2."""
    made = "INSERT INTO exams (id, title, paper, terms, created_by) VALUES ($1, $1, 'p', '{}', 't')"
    for exam in (EXAM, "exam-2"):
        await pool.execute(made, exam)
    rolls = Roll(pool, KEY)
    async with rolls.changing(EXAM) as change:
        await change.add({attempt_id(EXAM, seat.candidate): seat for seat in SEATS})
    return rolls


async def pages(rolls: Roll, limit: int, **sought: Any) -> list[str]:
    """The candidates of all pages, one after the other."""
    found: list[str] = []
    wanted = Sought(EXAM, limit=limit, **sought)
    while page := await rolls.page(wanted):
        assert len(page) <= limit
        found += [each.seat.candidate for each in page]
        wanted = structs.replace(wanted, after=(page[-1].key, page[-1].seat.candidate))
    assert len(found) == await rolls.count(wanted)
    return found


@pytest.mark.parametrize("sort", ["candidate", "name", "hall", "group"])
@pytest.mark.parametrize("down", [False, True])
async def test_pages_of_any_size_are_the_whole_list(rolls: Roll, sort: str, down: bool) -> None:
    whole = await pages(rolls, 10, sort=sort, down=down)
    assert set(whole) == {seat.candidate for seat in SEATS}
    for limit in (1, 2, 3, 5):
        assert await pages(rolls, limit, sort=sort, down=down) == whole
    assert await pages(rolls, 10, sort=sort, down=not down) == whole[::-1]


async def test_ids_are_in_the_order_of_their_bytes(rolls: Roll) -> None:
    assert await pages(rolls, 10) == ["C-3", "c-1", "c-10", "c-2", "c-4"]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ({"hall": "East"}, ["c-1", "c-10"]),
        ({"hall": ""}, ["C-3"]),
        ({"group": "B", "hall": "West"}, ["c-2"]),
        ({"halls": ["West", ""]}, ["C-3", "c-2", "c-4"]),
        ({"halls": ["West"], "hall": "East"}, []),
        ({"q": "RAV"}, ["c-10"]),
        ({"q": "c-1"}, ["c-1", "c-10"]),
        ({"q": "शा"}, ["C-3"]),
        ({"q": "%"}, []),
        ({"q": "_"}, []),
        ({"state": "not_started", "q": "asha"}, ["c-1"]),
        ({"state": "submitted"}, []),
    ],
)
async def test_some_are_sought(rolls: Roll, sought: dict[str, Any], found: list[str]) -> None:
    assert await pages(rolls, 10, **sought) == found


async def test_a_row_that_comes_between_pages_moves_no_other(rolls: Roll) -> None:
    first = await rolls.page(Sought(EXAM, limit=2))
    async with rolls.changing(EXAM) as change:
        await change.add({attempt_id(EXAM, "a-0"): Seat(EXAM, "a-0")})
        assert await change.remove(attempt_id(EXAM, "c-1"))
    after = (first[-1].key, first[-1].seat.candidate)
    rest = await rolls.page(Sought(EXAM, limit=10, after=after))
    assert [each.seat.candidate for each in rest] == ["c-10", "c-2", "c-4"]


async def test_seats_and_counts_and_labels(rolls: Roll, pool: Pool) -> None:
    assert {each.seat.candidate: each.seat for each in await rolls.standing(EXAM)} == {
        seat.candidate: seat for seat in SEATS
    }
    assert await rolls.states([EXAM, "exam-2"]) == {EXAM: {"not_started": 5}, "exam-2": {}}
    assert await rolls.states([EXAM], ["West"]) == {EXAM: {"not_started": 2}}
    assert await rolls.labels(EXAM) == (["East", "West"], ["A", "B"])
    assert await rolls.labels(EXAM, ["West"]) == (["West"], ["B"])
    for nth, state in enumerate(["absent", "submitted", "in_progress"]):
        await pool.execute(
            "UPDATE attempts SET state = $1 WHERE id = (SELECT id FROM attempts WHERE exam = $2"
            " ORDER BY id OFFSET $3 LIMIT 1)",
            *(state, EXAM, nth),
        )
    (found,) = (await rolls.states([EXAM])).values()
    assert list(found.items()) == [
        ("not_started", 2),
        ("in_progress", 1),
        ("submitted", 1),
        ("absent", 1),
    ]
    assert await rolls.labels("exam-2") == ([], [])
    own = await rolls.own("c-1", [EXAM, "exam-2"])
    assert list(own) == [EXAM]
    assert own[EXAM].attempt == attempt_id(EXAM, "c-1")
    assert await rolls.own("c-1", ["exam-2"]) == {}


async def test_who_has_started_or_was_recorded_is_neither_changed_nor_removed(
    rolls: Roll, pool: Pool
) -> None:
    started, recorded = attempt_id(EXAM, "c-1"), attempt_id(EXAM, "c-2")
    await pool.execute("UPDATE attempts SET state = 'in_progress' WHERE id = $1", started)
    await pool.execute("UPDATE attempts SET n = 1 WHERE id = $1", recorded)
    async with rolls.changing(EXAM) as change:
        held = await change.lock([started, recorded, "nobody"])
        assert set(held) == {started, recorded}
        await change.change({id_: structs.replace(h.seat, hall="X") for id_, h in held.items()})
        assert not await change.remove(started)
        assert not await change.remove(recorded)
    halls = {each.seat.candidate: each.seat.hall for each in await rolls.standing(EXAM)}
    assert (halls["c-1"], halls["c-2"]) == ("East", "X")


async def test_a_change_that_fails_changes_nothing(rolls: Roll) -> None:
    async def failing() -> None:
        async with rolls.changing(EXAM) as change:
            assert await change.remove(attempt_id(EXAM, "c-1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await rolls.count(Sought(EXAM)) == 5


async def test_changes_of_one_roll_are_one_after_the_other(rolls: Roll) -> None:
    inside: list[int] = []
    most = 0

    async def change(exam: str, number: int) -> None:
        nonlocal most
        async with rolls.changing(exam):
            inside.append(number)
            most = max(most, len(inside))
            await asyncio.sleep(0.01)
            inside.remove(number)

    await asyncio.gather(*(change(EXAM, number) for number in range(5)))
    assert most == 1
    await asyncio.gather(change(EXAM, 1), change("exam-2", 2))
    assert most == 2


async def test_without_postgres_nothing_is_said(database_url: str) -> None:
    pool = await connect_pool(database_url)
    await pool.close()
    rolls = Roll(pool, KEY)
    for asked in (rolls.page(Sought(EXAM)), rolls.count(Sought(EXAM)), rolls.standing(EXAM)):
        with pytest.raises(Unavailable):
            await asked
    with pytest.raises(Unavailable):
        async with rolls.changing(EXAM):
            pass

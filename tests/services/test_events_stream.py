"""The stream tells each thing once, in an order in which no reader misses any."""

import asyncio
import contextlib

import asyncpg
import pytest

from examsync.errors import ExamError, Unavailable
from examsync.events.service.stream import BATCH_MAX, CursorTooOld
from examsync.infra.postgres import Pool
from protocol.http_events import EventType
from protocol.http_results import Reveal
from protocol.problems import Code
from tests.builders import START, expired, reopened, submitted
from tests.services.happenings import KEEP_MS, Happenings, spelt


@pytest.fixture
async def house(pool: Pool) -> Happenings:
    found = Happenings(pool)
    await found.sitting.open()
    return found


async def test_a_close_that_is_in_postgres_is_told_once(house: Happenings) -> None:
    (asha,) = await house.closed("asha")
    assert await house.events.stream.publish() == 2
    assert await house.events.stream.publish() == 0
    first, second = await house.told()
    assert spelt([first, second]) == [
        ("attempt.submitted", "asha", 1),
        ("attempt.closed", "asha", 1),
    ]
    assert (first.data.attempt, first.data.exam) == (asha, "exam-1")
    assert (first.data.state, first.data.closed_at) == ("submitted", START + 60_000)
    assert (first.number, second.number) == (1, 2)
    assert first.id != second.id


async def test_an_open_attempt_is_not_told(house: Happenings) -> None:
    await house.sitting.seat("asha")
    assert await house.events.stream.publish() == 0


async def test_closes_between_two_publications_are_all_told(house: Happenings) -> None:
    (asha,) = await house.closed("asha")
    await house.sitting.tell(asha, reopened(START + 120_000), expired(START + 180_000))
    await house.sitting.tell(asha, reopened(START + 240_000))
    await house.events.stream.publish()
    assert spelt(await house.told()) == [
        ("attempt.submitted", "asha", 1),
        ("attempt.closed", "asha", 1),
        ("attempt.closed", "asha", 2),
    ]
    await house.sitting.tell(asha, submitted(START + 300_000))
    await house.events.stream.publish()
    assert spelt(await house.told("3")) == [
        ("attempt.submitted", "asha", 3),
        ("attempt.closed", "asha", 3),
    ]


async def test_results_are_told_with_their_marks_and_withdrawals_without(
    house: Happenings,
) -> None:
    asha = await house.sitting.sat("asha")
    results = house.sitting.results
    await results.grader.grade_due()
    await results.marking.mark(asha, "q5", "2/3", by="eva")
    await results.releasing.release("exam-1", by="eva", reveal=Reveal.TOTAL)
    await results.releasing.withdraw("exam-1", by="eva")
    await house.events.stream.publish()
    *_, released, withdrawn = await house.told()
    assert (released.type, withdrawn.type) == ("results.released", "results.withdrawn")
    assert (released.data.total, released.data.maximum) == ("17.6667", "27")
    assert (released.data.revision, released.data.reveal) == (2, Reveal.TOTAL)
    assert (withdrawn.data.revision, withdrawn.data.total) == (2, None)


async def test_a_reader_goes_on_from_where_it_was(house: Happenings) -> None:
    await house.closed("asha", "ravi", "zoya")
    await house.events.stream.publish()
    read = house.events.stream.read
    whole = await read(None, 100)
    assert (len(whole.events), whole.next) == (6, "6")
    first = await read(None, 4)
    rest = await read(first.next, 4)
    assert first.events + rest.events == whole.events
    assert await read(rest.next, 4) == await read("latest", 4)
    assert (await read("latest", 4)).next == "6"


async def test_a_reader_of_some_types_halls_or_exams_moves_past_the_others(
    house: Happenings,
) -> None:
    await house.closed("asha", hall="east")
    await house.closed("ravi", hall="west")
    await house.events.stream.publish()
    read = house.events.stream.read
    east = await read(None, 100, halls=["east"], types=[EventType.ATTEMPT_CLOSED])
    assert spelt(east.events) == [("attempt.closed", "asha", 1)]
    assert east.next == "4"
    assert (await read(None, 100, exams=["exam-2"])).events == []
    assert (await read(None, 100, exams=[])).events == []
    assert len((await read(None, 100, exams=["exam-1"])).events) == 4


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "१", "9" * 19, "", "7"])
async def test_what_is_no_cursor_of_this_stream_is_refused(house: Happenings, after: str) -> None:
    with pytest.raises(ExamError) as caught:
        await house.events.stream.read(after, 10)
    assert caught.value.code is Code.BAD_REQUEST


async def test_a_cursor_whose_events_are_forgotten_is_refused_and_says_where_to_go_on(
    house: Happenings,
) -> None:
    await house.closed("asha", "ravi")
    await house.events.stream.publish()
    house.time.ahead_ms = KEEP_MS + 10**12  # the facts of these tests are of the year 2027
    assert await house.events.stream.forget() == 4
    with pytest.raises(CursorTooOld) as caught:
        await house.events.stream.read("3", 10)
    assert caught.value.problem.data == {"oldest": ["4"]}
    assert (await house.events.stream.read("4", 10)).next == "4"
    assert (await house.events.stream.read(None, 10)).next == "4"
    await house.closed("zoya")
    await house.events.stream.publish()
    assert [event.number for event in await house.told("4")] == [5, 6]


async def test_only_the_beginning_is_forgotten_so_that_no_gap_is_left(house: Happenings) -> None:
    await house.closed("asha", "ravi")
    await house.events.stream.publish()
    now = house.time.now()
    await house.pool.execute("UPDATE events SET at = $1 WHERE number = 2", now)
    await house.pool.execute("UPDATE events SET at = $1 WHERE number <> 2", now - KEEP_MS - 1)
    assert await house.events.stream.forget() == 1
    assert [event.number for event in await house.told("1")] == [2, 3, 4]


async def test_more_than_a_batch_is_published_in_one_turn(house: Happenings) -> None:
    (asha,) = await house.closed("asha")
    await house.events.stream.publish()
    await house.pool.execute(
        "INSERT INTO event_outbox (type, attempt, at, data) "
        "SELECT 'results.withdrawn', $1, n, jsonb_build_object('close', n, 'revision', 1) "
        "FROM generate_series(1, $2::int) AS n",
        asha,
        BATCH_MAX + 5,
    )
    assert await house.events.stream.publish() == BATCH_MAX + 5
    told = await house.told("2")
    assert [event.data.close for event in told] == list(range(1, BATCH_MAX + 6))


async def test_while_one_publishes_others_do_not(house: Happenings) -> None:
    await house.closed("asha")
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT last FROM event_count FOR UPDATE")
        assert await house.events.stream.publish() == 0
    assert await house.events.stream.publish() == 2


async def test_an_attempt_that_is_being_flushed_is_told_later(house: Happenings) -> None:
    (asha,) = await house.closed("asha")
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM attempts WHERE id = $1 FOR UPDATE", asha)
        assert await house.events.stream.publish() == 0
    assert await house.events.stream.publish() == 2


async def write_slowly(url: str, attempt: str, numbers: range, pause_s: float) -> None:
    """News in transactions that stay open for a while after they have got their numbers."""
    connection = await asyncpg.connect(url)
    try:
        for number in numbers:
            async with connection.transaction():
                await connection.execute(
                    "INSERT INTO event_outbox (type, attempt, at, data) "
                    "VALUES ('results.withdrawn', $1, 1, $2::text::jsonb)",
                    attempt,
                    f'{{"close": {number}, "revision": 1}}',
                )
                await asyncio.sleep(pause_s)
    finally:
        await connection.close()


async def test_nothing_is_skipped_though_transactions_commit_out_of_order(
    house: Happenings, database_url: str
) -> None:
    """Readers keep asking for what comes after the last they saw, while writers commit late and
    three processes publish; every reader hears everything, once, in the same order."""
    (asha,) = await house.closed("asha")
    await house.events.stream.publish()
    others = [house.process().stream for _ in range(2)]
    writers = [
        asyncio.create_task(write_slowly(database_url, asha, range(k, 160, 8), 0.001 * (k % 3)))
        for k in range(8)
    ]
    heard: list[list[int]] = [[], []]

    async def read(into: list[int], limit: int) -> None:
        after = "2"
        while len(into) < 160:
            part = await house.events.stream.read(after, limit)
            into += [event.data.close for event in part.events]
            after = part.next
            await asyncio.sleep(0)

    async def publish() -> None:
        while not all(writer.done() for writer in writers):
            with contextlib.suppress(Unavailable):
                await asyncio.gather(*(one.publish() for one in (house.events.stream, *others)))
        await house.events.stream.publish()

    async with asyncio.timeout(60):
        await asyncio.gather(*writers, publish(), read(heard[0], 7), read(heard[1], 1_000))
    assert heard[0] == heard[1]
    assert sorted(heard[0]) == list(range(160))
    numbers = [event.number for event in await house.told("2")]
    assert numbers == list(range(3, 163))

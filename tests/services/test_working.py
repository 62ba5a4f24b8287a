"""The chores of a worker on real servers: all is flushed in turn, and what waits is measured."""

import pytest

from examsync.attempts.identity import partition
from examsync.infra import metrics
from examsync.settings import Flush
from tests.services.installation import App, Candidate, config, done, furnish, opened, settled


def value(metric: object) -> float:
    """What a counter or gauge stands at."""
    return float(metric._value.get())  # type: ignore[attr-defined]  # there is no public way


async def answered(built: App, *names: str) -> list[Candidate]:
    """Candidates with three answers each, none of it flushed: five facts an attempt."""
    people = [Candidate(built, name) for name in names]
    for person in people:
        await person.start()
        for item in range(3):
            done(await person.answer("right", item=item))
    return people


async def test_a_flush_empties_every_partition_however_small_its_batches(
    redis_url: str, database_url: str
) -> None:
    settings = config(redis_url, database_url, flush=Flush(facts_max=2))
    async with opened(settings) as built:
        names = [f"c-{n}" for n in range(8)]
        ids = await furnish(built, *names)
        assert {partition(id_, 2) for id_ in ids} == {0, 1}
        await answered(built, *names)
        before = value(metrics.FLUSH_FACTS)
        assert await built.working.flush() == 8 * 5
        assert value(metrics.FLUSH_FACTS) == before + 8 * 5
        assert await built.working.flush() == 0
        assert await built.pool.fetchval("SELECT count(*) FROM facts") == 8 * 5


async def test_a_partition_that_is_never_empty_does_not_keep_the_flush(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"c-{n}" for n in range(8)]
    await furnish(built, *names)
    people = await answered(built, *names)
    turn, turns = built.working._flusher.turn, []

    async def busy(p: int) -> int:
        turns.append(p)
        done(await people[0].answer("again"))  # there is always more
        return await turn(p)

    monkeypatch.setattr(built.working._flusher, "turn", busy)
    await built.working.flush()
    assert sorted(turns) == [0, 1]


async def test_what_waits_is_measured_by_partition(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    await answered(built, "asha")
    await built.backlog.measure()
    assert built.backlog.facts() == 5
    await settled(built)
    assert built.backlog.lag_ms() >= 6_000
    await built.backlog.measure()
    p = str(partition(id_, 2))
    assert value(metrics.BACKLOG_FACTS.labels(p)) == 5
    assert value(metrics.FLUSH_LAG_SECONDS.labels(p)) >= 6
    assert metrics.MEMORY_RATIO.labels("redis")._value.get() == 0  # there is no limit
    await built.working.flush()
    await built.backlog.measure()
    assert (built.backlog.facts(), built.backlog.lag_ms()) == (0, 0)
    assert value(metrics.FLUSH_LAG_SECONDS.labels(p)) == 0


async def test_every_chore_is_counted(built: App) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start(built.clock.now() - 40 * 60_000)
    await settled(built)
    closed = metrics.ATTEMPTS_CLOSED.labels("expired")
    counters = (closed, metrics.ATTEMPTS_GRADED, metrics.SWEEPS.labels("due"))
    before = [value(one) for one in counters]
    late = metrics.DEADLINE_LATENESS_SECONDS._sum.get()
    await built.working.sweep_due()
    await built.working.flush()
    await built.working.grade()
    assert [value(one) for one in counters] == [was + 1 for was in before]
    assert metrics.DEADLINE_LATENESS_SECONDS._sum.get() > late + 60


async def test_all_that_became_of_results_is_passed_on_in_one_turn(built: App) -> None:
    """A whole exam is graded within a second: examiners must not see the last of it much later."""
    await built.pool.execute(
        "INSERT INTO outbox (kind, exam, attempt, close, revision, made_at)"
        " SELECT 'graded', 'exam-1', 'a-' || n, 1, 1, 5 FROM generate_series(1, 250) AS n"
    )
    await built.working.tell()
    assert await built.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_all_that_was_closed_is_graded_in_one_turn(built: App) -> None:
    names = [f"c-{n}" for n in range(103)]
    await furnish(built, *names)
    for name in names:
        await Candidate(built, name).start(built.clock.now() - 40 * 60_000)
    await settled(built)
    await built.working.sweep_due()
    await built.working.flush()
    await built.working.grade()
    assert await built.pool.fetchval("SELECT count(*) FROM results") == 103

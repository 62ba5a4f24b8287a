"""Attempts in a real Redis: what is written together, what is refused, and what comes back."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from msgspec import structs

from examsync.attempts import scripts
from examsync.attempts.attempt import Attempt, Done
from examsync.attempts.ports import Check, Outcome, Save
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.postgres import Pool
from protocol.facts import Body, Fact, LeaseGranted, TakeoverRequested
from tests.builders import (
    LEASE,
    granted,
    kept,
    paused,
    saved,
    started,
    submitted,
    told,
)
from tests.stores.shelf import P, Shelf, opened, written

EVERYTHING: list[Body] = [
    granted(),
    started(),
    saved("q5", 1),
    saved("q1", 2, "a"),
    kept("q2", 3),
    saved("q5", 4, None, flag=True),
    paused(7),
]


@pytest.fixture
async def shelf(redis_url: str, pool: Pool) -> AsyncIterator[Shelf]:
    """One process."""
    async with opened(redis_url, pool) as shelf:
        yield shelf


async def test_what_was_written_comes_back(shelf: Shelf) -> None:
    after = await shelf.save(await shelf.seated(), *EVERYTHING)
    assert await shelf.load(after.id) == after
    assert after.commands.keys() >= {f"kept/q2/{LEASE}/3"}


async def test_every_fact_is_in_the_log_in_order(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    made = await shelf.saves(attempt, *EVERYTHING)
    assert await written(shelf.store, list(made)) == [Outcome.OK] * len(made)
    (logged,) = await shelf.store.reads.call(("XRANGE", keys.log(P), "-", "+"))
    facts = [msgspec.json.decode(fields[1], type=Fact) for _, fields in logged]
    assert facts == [each.fact for each in made]


async def test_a_command_that_had_to_wait_is_remembered_as_it_ended(shelf: Shelf) -> None:
    """A join keeps its id when it is let in: the later effect has to reach Redis."""
    bodies: list[Body] = [TakeoverRequested("j", "phone"), LeaseGranted("j", LEASE, "phone")]
    after = await shelf.save(await shelf.seated(), *bodies)
    assert after.commands["j"].n == 2
    assert (await shelf.load(after.id)).commands["j"] == Done("c", '{"done":1}', 2)


async def test_the_hint_is_set_kept_and_removed(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    assert await shelf.store.due(P, 4_999, 10) == []
    assert await shelf.store.due(P, 5_000, 10) == [attempt.id]
    attempt = await shelf.save(attempt, granted(), due="7000")
    assert await shelf.store.due(P, 6_999, 10) == []
    attempt = await shelf.save(attempt, started(), due="")
    assert await shelf.store.due(P, 7_000, 10) == [attempt.id]
    await shelf.store.hint(P, attempt.id, "9000")
    assert await shelf.store.due(P, 8_999, 10) == []
    await shelf.save(attempt, submitted(), due="-")
    assert await shelf.store.due(P, 99_999, 10) == []
    await shelf.store.hint(P, attempt.id, "1")
    await shelf.store.hint(P, attempt.id, "-")
    assert await shelf.store.due(P, 99_999, 10) == []


async def test_hints_are_put_off_where_there_are_any(shelf: Shelf) -> None:
    for name, due in (("b", "3"), ("a", "1"), ("c", "2")):
        await shelf.store.hint(P, name, due)
    await shelf.store.put_off(P, ["a", "c", "nobody"], 8)
    assert await shelf.store.due(P, 7, 10) == ["b"]
    assert await shelf.store.due(P, 8, 10) == ["b", "a", "c"]


async def test_hints_come_earliest_first_and_no_more_than_asked(shelf: Shelf) -> None:
    for name, due in (("b", "3"), ("a", "1"), ("c", "2"), ("d", "9")):
        await shelf.store.hint(P, name, due)
    assert await shelf.store.due(P, 3, 2) == ["a", "c"]


# --- refused --------------------------------------------------------------------------------------


async def test_on_another_head_nothing_is_written(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    first = await shelf.save(attempt, granted())
    made = await shelf.saves(attempt, started(), saved())
    assert await written(shelf.store, list(made)) == [Outcome.HEAD, Outcome.HEAD]
    assert await shelf.load(attempt.id) == first
    assert await shelf.raw.xlen(keys.log(P)) == 1


async def test_one_refused_save_takes_its_successors_and_nobody_else(shelf: Shelf) -> None:
    asha, ravi = await shelf.seated(), await shelf.seated("ravi")
    stale = structs.replace(asha, head="another")
    mixed = [
        *await shelf.saves(stale, granted(), started()),
        *await shelf.saves(ravi, granted(), started()),
    ]
    wanted = [Outcome.HEAD, Outcome.HEAD, Outcome.OK, Outcome.OK]
    assert await written(shelf.store, list(mixed)) == wanted


async def test_in_another_life_nothing_is_written_and_the_life_is_asked_for(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    made = await shelf.saves(attempt, granted())
    await shelf.raw.set(keys.epoch(P), "9:somebody else:0-0:1")
    assert await written(shelf.store, list(made)) == [Outcome.LIFE]
    assert await shelf.raw.xlen(keys.log(P)) == 0
    assert shelf.lives.get(P) is None


async def test_an_attempt_that_is_not_there_is_not_made_by_a_save(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    made = await shelf.saves(attempt, granted())
    name = keys.attempt(P, attempt.epoch, attempt.id)
    await shelf.raw.delete(name)
    assert await written(shelf.store, list(made)) == [Outcome.HEAD]
    assert not await shelf.raw.exists(name)


async def test_a_check_compares_life_head_and_exam(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    assert await shelf.check(attempt) is Outcome.EXAM, "Redis does not know the exam yet"
    await shelf.raw.set(keys.exam_n("exam-1"), 3)
    assert await shelf.check(attempt, 3) is Outcome.OK
    assert await shelf.check(attempt, 4) is Outcome.OK
    assert await shelf.check(attempt, 2) is Outcome.EXAM
    assert await shelf.check(structs.replace(attempt, n=1), 3) is Outcome.HEAD
    assert await shelf.check(structs.replace(attempt, head="x"), 3) is Outcome.HEAD
    assert await shelf.check(structs.replace(attempt, id="nobody"), 3) is Outcome.HEAD
    made = await shelf.saves(attempt, granted())
    await shelf.raw.set(keys.epoch(P), "9:somebody else:0-0:1")
    assert await written(shelf.store, [*made]) == [Outcome.LIFE]


async def test_checks_and_saves_keep_their_order_in_a_batch(shelf: Shelf) -> None:
    attempt, life = await shelf.seated(), await shelf.life()
    await shelf.raw.set(keys.exam_n("exam-1"), 0)
    one, two = await shelf.saves(attempt, granted(), started())
    batch: list[Save | Check] = [
        Check(life, attempt, 0),
        one,
        Check(life, one.after, 0),
        two,
        Check(life, attempt, 0),
    ]
    ok = Outcome.OK
    assert await written(shelf.store, batch) == [ok, ok, ok, ok, Outcome.HEAD]


# --- rebuilt --------------------------------------------------------------------------------------


async def test_an_attempt_is_created_only_if_it_is_absent(shelf: Shelf) -> None:
    old = await shelf.seated()
    newer = await shelf.save(old, granted(), started())
    assert await shelf.store.create(P, old, "1")
    assert await shelf.load(old.id) == newer
    assert await shelf.store.due(P, 1, 10) == []


async def test_nothing_is_created_in_another_life(shelf: Shelf) -> None:
    (id_,) = await shelf.register("asha")
    life = await shelf.life()
    attempt = await shelf.records.rebuild(id_, life.epoch)
    assert attempt is not None
    await shelf.raw.set(keys.epoch(P), "9:somebody else:0-0:1")
    assert not await shelf.store.create(P, attempt, "1")
    assert not await shelf.raw.exists(keys.attempt(P, attempt.epoch, id_))


async def test_an_attempt_with_thousands_of_commands_is_created(shelf: Shelf) -> None:
    (id_,) = await shelf.register("asha")
    empty = await shelf.records.rebuild(id_, (await shelf.life()).epoch)
    assert empty is not None
    many = {f"v-{n}": Done("violation", "{}", n) for n in range(5_000)}
    attempt = structs.replace(empty, commands=many)
    assert await shelf.store.create(P, attempt, "-")
    assert await shelf.load(id_) == attempt


async def test_a_closed_attempt_is_created_without_a_hint(shelf: Shelf) -> None:
    (id_,) = await shelf.register("asha")
    attempt = await shelf.records.rebuild(id_, (await shelf.life()).epoch)
    assert attempt is not None
    await shelf.store.create(P, told(attempt, granted(), started(), submitted()), "-")
    assert await shelf.store.due(P, 10**15, 10) == []


async def test_nobody_is_there_who_was_never_created(shelf: Shelf) -> None:
    await shelf.life()
    assert await shelf.store.load(P, "nobody") is None


async def test_many_are_loaded_in_one_round_trip_also_who_is_not_there(shelf: Shelf) -> None:
    asha, bela = await shelf.seated("asha"), await shelf.seated("bela")
    found = await shelf.store.load_all([(P, asha.id), (P, "nobody"), (P, bela.id)])
    assert found == {asha.id: asha, "nobody": None, bela.id: bela}


async def test_what_redis_does_not_tell_of_one_attempt_keeps_no_other(shelf: Shelf) -> None:
    asha, bela = await shelf.seated("asha"), await shelf.seated("bela")
    await shelf.raw.set(keys.attempt(P, asha.epoch, asha.id), "no hash")
    assert await shelf.store.load_all([(P, asha.id), (P, bela.id)]) == {bela.id: bela}
    created = await shelf.store.create_all([(P, asha, "-"), (P, bela, "-")])
    assert created == [False, True]


async def test_loading_in_another_life_is_refused_then_learnt(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    run_id = (await shelf.life()).run_id
    await shelf.raw.set(keys.epoch(P), f"9:{run_id}:0-0:1")
    with pytest.raises(Unavailable):
        await shelf.store.load(P, attempt.id)
    assert await shelf.store.load(P, attempt.id) is None
    assert (await shelf.life()).epoch == 9


# --- retired --------------------------------------------------------------------------------------


async def retire(shelf: Shelf, attempt: Attempt) -> None:
    """Leave nothing but the head of an attempt."""
    name = keys.attempt(P, attempt.epoch, attempt.id)
    head = await shelf.raw.hget(name, "head")
    call = scripts.RETIRE.call([keys.epoch(P), name], [(await shelf.life()).text, head])
    assert await shelf.store.reads.one(*call) == b"ok"
    assert await shelf.raw.hgetall(name) == {b"head": head}


async def test_what_was_retired_is_not_written_until_it_is_back(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), granted(), started())
    await retire(shelf, attempt)
    assert await shelf.store.load(P, attempt.id) is None
    made = await shelf.saves(attempt, submitted())
    assert await written(shelf.store, list(made)) == [Outcome.HEAD]
    assert await shelf.store.create(P, attempt, "-")
    assert await written(shelf.store, list(made)) == [Outcome.OK]


async def test_what_was_retired_comes_back_from_its_head_only(shelf: Shelf) -> None:
    seated = await shelf.seated()
    attempt = await shelf.save(seated, granted(), started())
    await retire(shelf, attempt)
    assert not await shelf.store.create(P, seated, "-")
    assert await shelf.store.load(P, attempt.id) is None

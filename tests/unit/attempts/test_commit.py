"""Group commit: what leaves together, in which order, and what becomes of it when Redis does not
answer."""

import asyncio

import pytest

from examsync.attempts.commit import BATCH_MAX
from examsync.attempts.desk import PATIENCE_MS, TRIES_MAX, Reply
from examsync.attempts.ports import Check, Outcome, Save
from protocol.problems import Code
from tests.builders import START, running
from tests.unit.attempts.bench import code_of
from tests.unit.attempts.committing import House, Storage, hand


@pytest.fixture
async def house() -> House:
    """Nobody has asked for anything yet."""
    return House()


async def test_all_writes_of_a_tick_leave_together(house: House) -> None:
    asha, ravi = house.desk(), house.desk("ravi")
    ops = [hand(asha), hand(ravi), hand(asha)]
    await asyncio.sleep(0)
    assert house.sizes() == [3]
    await house.turn()
    assert all(op.reply.done for op in ops)
    assert house.seen == [[Outcome.OK] * 3]
    await house.commit.drained()


async def test_what_comes_while_one_batch_is_under_way_is_the_next(house: House) -> None:
    desk = house.desk()
    hand(desk)
    await asyncio.sleep(0)
    later = [hand(desk), hand(desk)]
    await asyncio.sleep(0)
    assert house.sizes() == [1]
    await house.turn()
    assert house.sizes() == [1, 2]
    await house.turn()
    assert all(op.reply.done for op in later)
    assert [w.fact.n for b in house.storage.batches for w in b if isinstance(w, Save)] == [3, 4, 5]


async def test_a_batch_has_a_bound(house: House) -> None:
    desks = [house.desk(f"c{number}") for number in range(BATCH_MAX + 10)]
    for desk in desks:
        hand(desk)
    await house.turn()
    await house.turn()
    assert house.sizes() == [BATCH_MAX, 10]
    await house.commit.drained()


async def test_nobody_is_told_before_the_whole_batch_is_confirmed(house: House) -> None:
    op = hand(house.desk())
    await asyncio.sleep(0)
    assert not op.reply.done
    house.now += 7
    await house.turn()
    told: list[Reply] = []
    op.reply.then(told.append)
    assert told[0].at == START + 7


async def test_what_was_dropped_while_it_waited_is_not_written(house: House) -> None:
    desk = house.desk()
    first = hand(desk)
    await asyncio.sleep(0)
    second = hand(desk)
    await house.turn(Outcome.HEAD)
    assert house.sizes() == [1]
    assert house.loads == [desk]
    desk.loaded(running())
    await house.turn()
    assert house.sizes() == [1, 2]
    assert first.reply.done
    assert second.reply.done


async def test_a_dropped_write_never_comes_back_with_its_command(house: House) -> None:
    """Dropped while a long queue was before it, decided again while it still was: once, and new."""
    desk = house.desk()
    hand(desk)
    await asyncio.sleep(0)
    crowd = [hand(house.desk(f"c{number}")) for number in range(BATCH_MAX)]
    again = hand(desk)
    await house.turn(Outcome.HEAD)
    assert house.sizes()[-1] == BATCH_MAX
    elsewhere = running()
    desk.loaded(elsewhere)
    await house.turn()
    await house.turn()
    assert all(op.reply.done for op in [*crowd, again])
    mine = [w for batch in house.storage.batches[1:] for w in batch if w_of(w) == desk.attempt_id]
    assert len(mine) == 2
    await house.commit.drained()


def w_of(write: Save | Check) -> str:
    """Whose write it is."""
    return write.after.id if isinstance(write, Save) else write.attempt.id


# --- Redis does not answer ------------------------------------------------------------------------


async def test_what_gathered_while_redis_was_away_is_not_sent_after_it(house: House) -> None:
    """It would wait for another whole time limit; it is decided again, or refused in time."""
    asha, ravi = house.desk(), house.desk("ravi")
    one = hand(asha)
    await asyncio.sleep(0)
    two = hand(ravi)
    await house.turn(Outcome.UNKNOWN)
    assert house.sizes() == [1]
    assert house.loads == [asha, ravi]
    assert not one.reply.done
    assert not two.reply.done
    for desk, name in ((asha, "asha"), (ravi, "ravi")):
        desk.loaded(running(candidate=name))
    await house.turn()
    assert (one.reply.done, two.reply.done, house.sizes()) == (True, True, [1, 2])


async def test_what_waited_too_long_behind_a_slow_batch_is_refused_and_not_sent(
    house: House,
) -> None:
    desk = house.desk()
    first = hand(desk)
    await asyncio.sleep(0)
    second = hand(desk)
    house.now += PATIENCE_MS
    third = hand(house.desk("ravi"), since=house.now)
    await house.turn()
    assert house.sizes() == [1, 1]
    await house.turn()
    assert (code_of(first), code_of(second), code_of(third)) == (None, Code.UNAVAILABLE, None)
    await house.commit.drained()


async def test_what_comes_after_it_is_decided_without_it(house: House) -> None:
    desk = house.desk()
    hand(desk)
    await asyncio.sleep(0)
    late = hand(desk)
    house.now += PATIENCE_MS
    fresh = hand(desk, since=house.now)
    await house.turn()
    assert (code_of(late), fresh.reply.done, house.loads) == (Code.UNAVAILABLE, False, [])
    await house.turn()
    assert code_of(fresh) is None
    assert house.sizes() == [1, 1]
    saves = [write for batch in house.storage.batches for write in batch]
    assert [save.fact.n for save in saves if isinstance(save, Save)] == [3, 4]


async def test_behind_a_slow_redis_nothing_is_read_again(house: House) -> None:
    """Whoever gives up what was never sent knows what stands, however often it happens."""
    slow, desk = house.desk("ravi"), house.desk()
    for _ in range(3):
        hand(slow, since=house.now)
        await asyncio.sleep(0)
        waiting = hand(desk, since=house.now)
        house.now += PATIENCE_MS
        patient = hand(desk, since=house.now)
        await house.turn()
        await house.turn()
        assert (code_of(waiting), code_of(patient)) == (Code.UNAVAILABLE, None)
    assert house.loads == []


async def test_to_give_up_before_sending_is_no_try(house: House) -> None:
    """Else who waits behind many that give up would be told that too much happens at once."""
    slow, desk = house.desk("ravi"), house.desk()
    hand(slow)
    await asyncio.sleep(0)
    ops = [hand(desk, since=START + number) for number in range(TRIES_MAX + 3)]
    house.now += PATIENCE_MS
    last = hand(desk, since=house.now)
    await house.turn()
    await house.turn()
    assert {code_of(op) for op in ops if op.since == START} == {Code.UNAVAILABLE}
    assert (last.tries, code_of(last)) == (1, None)
    await house.commit.drained()


async def test_one_unknown_among_others_holds_nobody_up(house: House) -> None:
    class Mixed(Storage):
        def outcomes(self, reply: Outcome) -> list[Outcome]:
            return [Outcome.UNKNOWN, *super().outcomes(reply)[1:]]

    house.ways[0] = Mixed()
    asha, ravi, meera = house.desk(), house.desk("ravi"), house.desk("meera")
    hand(asha), hand(ravi)
    await asyncio.sleep(0)
    op = hand(meera)
    await house.turn()
    assert house.sizes() == [2, 1]
    await house.turn()
    assert house.loads == [asha, meera]
    assert not op.reply.done


async def test_a_store_that_fails_leaves_nobody_waiting(house: House) -> None:
    desk = house.desk()
    op = hand(desk)
    house.storage.defect = RuntimeError("a defect")
    await asyncio.sleep(0)
    assert [str(error) for error in house.failures] == ["a defect"]
    assert house.loads == [desk]
    desk.loaded(running())
    await house.turn()
    assert code_of(op) is None


async def test_who_counts_and_fails_leaves_nobody_waiting(house: House) -> None:
    (way,) = house.commit._commits
    way._seen = lambda outcomes: [1 / 0][0]  # type: ignore[assignment]
    op = hand(house.desk())
    await house.turn()
    assert [type(error) for error in house.failures] == [ZeroDivisionError]
    assert code_of(op) is None
    await house.commit.drained()


async def test_an_ack_that_fails_does_not_stop_the_others(house: House) -> None:
    loop, told = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    try:
        first, second = hand(house.desk()), hand(house.desk("ravi"))
        first.reply.then(lambda reply: 1 / 0)  # type: ignore[arg-type]
        await house.turn()
    finally:
        loop.set_exception_handler(None)
    assert second.reply.done
    assert [type(error) for error in told] == [ZeroDivisionError]
    await house.commit.drained()


async def test_what_was_refused_for_want_of_memory_says_so(house: House) -> None:
    op = hand(house.desk())
    await house.turn(Outcome.FULL)
    assert code_of(op) is Code.STORAGE_FULL


async def test_nothing_under_way_is_drained_at_once(house: House) -> None:
    await asyncio.wait_for(house.commit.drained(), 1)
    hand(house.desk())
    draining = asyncio.ensure_future(house.commit.drained())
    await house.turn()
    await asyncio.wait_for(draining, 1)

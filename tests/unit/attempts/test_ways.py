"""Several ways to storage: which one a write takes."""

import asyncio

from examsync.attempts.ports import Outcome, Save
from tests.unit.attempts.committing import House, Storage, hand


def heads(way: Storage) -> list[list[str]]:
    """Whose writes went this way, batch by batch."""
    return [[write.fact.attempt for write in b if isinstance(write, Save)] for b in way.batches]


async def test_few_share_one_way_and_more_take_the_emptiest() -> None:
    house = House(ways=3, together=2)
    desks = [house.desk(f"c{number}") for number in range(7)]
    for desk in desks:
        hand(desk)
    await asyncio.sleep(0)
    names = [desk.attempt_id for desk in desks]
    assert heads(house.ways[0]) == [[*names[:2], names[6]]]
    assert heads(house.ways[1]) == [[names[2], names[4]]]
    assert heads(house.ways[2]) == [[names[3], names[5]]]


async def test_what_is_under_way_counts_until_it_has_come_back() -> None:
    house = House(ways=2, together=1)
    first, second, third = (house.desk(name) for name in "abc")
    hand(first)
    await asyncio.sleep(0)
    hand(second)
    await asyncio.sleep(0)
    assert (len(house.ways[0].batches), len(house.ways[1].batches)) == (1, 1)
    await house.turn()
    hand(third)
    await asyncio.sleep(0)
    assert heads(house.ways[0]) == [[first.attempt_id], [third.attempt_id]]


async def test_an_attempt_keeps_its_way_while_something_of_it_is_in_flight() -> None:
    house = House(ways=2, together=1)
    other, desk = house.desk("other"), house.desk("asha")
    hand(other)
    hand(desk)
    await asyncio.sleep(0)
    await house.turn()  # the first way is free again
    hand(desk)
    await asyncio.sleep(0)
    assert heads(house.ways[0]) == [[other.attempt_id]]
    assert heads(house.ways[1]) == [[desk.attempt_id]]
    house.ways[1].done.pop()([Outcome.OK])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert heads(house.ways[1]) == [[desk.attempt_id]] * 2
    house.ways[1].done.pop()([Outcome.OK])
    await house.commit.drained()
    hand(desk)
    await asyncio.sleep(0)
    assert heads(house.ways[0]) == [[other.attempt_id], [desk.attempt_id]]

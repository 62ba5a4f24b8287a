"""Who comes or ends together is let through a few at a time, and others are served in between."""

import asyncio

from examsync.edge.turnstile import AT_ONCE, Turnstile
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Enter, Open


async def test_no_turn_of_the_loop_lets_more_than_a_few_go() -> None:
    turnstile, left = Turnstile(), 0

    def leave() -> None:
        nonlocal left
        left += 1

    for _ in range(5 * AT_ONCE + 1):
        turnstile.add(leave)
    assert left == 0
    turns = 0
    while len(turnstile):
        before = left
        await asyncio.sleep(0)
        assert left - before <= AT_ONCE
        turns += 1
    assert left == 5 * AT_ONCE + 1
    assert turns >= 6


async def test_the_order_is_that_of_ending() -> None:
    turnstile, left = Turnstile(), list[int]()
    for number in range(2 * AT_ONCE):
        turnstile.add(lambda number=number: left.append(number))  # type: ignore[misc]
    await asyncio.sleep(0)
    turnstile.add(lambda: left.append(-1))
    await until(lambda: not len(turnstile))
    assert left == [*range(2 * AT_ONCE), -1]


async def test_who_leaves_while_others_are_let_go_is_let_go_too() -> None:
    turnstile, left = Turnstile(), list[str]()

    def first() -> None:
        left.append("first")
        turnstile.add(lambda: left.append("second"))

    turnstile.add(first)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert left == ["first", "second"]
    assert len(turnstile) == 0


async def test_a_crowd_that_is_cut_off_is_forgotten_and_the_rest_served(
    house: House, open_raw: Open, enter: Enter
) -> None:
    asha = await enter(house, "asha")
    await asha.start()
    crowd = [await open_raw(house) for _ in range(3 * AT_ONCE)]
    for raw in crowd:
        await raw.enter("/exam", house.auth("ravi"))
    for number, raw in enumerate(crowd):
        if number % 2:
            raw.socket.transport.abort()
        else:
            raw.socket.transport.close()
    await asha.answer(1)
    await until(lambda: house.sids()[:3] == (1, 1, 1))

"""Only attempts to which something happened are asked about, and none of those is missed."""

from collections.abc import Callable
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import Desk, Wiring
from examsync.attempts.environment import Environment
from examsync.attempts.reviewing import Review
from protocol.facts import Rev
from tests.builders import CHAIN_KEY, KEYS, START, exam, life, running

DESKS = 3


class House:
    """Desks with a Review, and what Redis has noted as durable of each. `asked`: who was asked
    about at the last look, `viewed`: whose reading was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.viewed: list[str] = []
        self.desks = {d.attempt_id: d for d in map(self._desk, range(DESKS))}
        self.noted: dict[str, Rev] = dict.fromkeys(self.desks, (0, 0))
        storage = cast(Any, self)
        environment = Environment(
            storage, storage, storage, KEYS, 8, now=lambda: START, tail=str, failed=self._failed
        )
        self.review = Review(self.desks, environment, self.viewed.append)

    def _desk(self, number: int) -> Desk:
        of = settled(running(candidate=f"c{number}"))
        desk = Desk(of.id, self._wiring())
        desk.loaded(of)
        return desk

    def _wiring(self) -> Wiring:
        return Wiring(
            CHAIN_KEY,
            lambda _: life(),
            lambda _: exam(),
            lambda _: None,
            lambda desk, op, write: None,
            lambda desk: None,
            lambda before, after, fact: None,
            lambda attempt, sat, now: "",
            self._failed,
            lambda: START,
        )

    def _failed(self, error: Exception) -> None:
        raise error

    async def standing(self, p: int, attempts: list[Attempt]) -> list[tuple[bool, Rev] | None]:
        """As Redis answers."""
        self.asked += [one.id for one in attempts]
        return [(True, self.noted[one.id]) for one in attempts]

    def at(self, number: int) -> Desk:
        """One of the desks."""
        return list(self.desks.values())[number]

    async def look(self) -> tuple[set[str], set[str]]:
        """Who was asked about, and who is to be read again."""
        self.asked.clear()
        self.viewed.clear()
        await self.review.turn()
        return set(self.asked), set(self.viewed)


def settled(attempt: Attempt) -> Attempt:
    """All of it is durable."""
    return structs.replace(attempt, durable=attempt.rev)


Act = Callable[[House, Desk], None]


def hold(house: House, desk: Desk) -> None:
    desk.held += 1
    house.review.watch(desk.attempt_id)


def release(house: House, desk: Desk) -> None:
    desk.held = max(0, desk.held - 1)


def write(house: House, desk: Desk) -> None:
    assert desk.confirmed is not None
    desk.confirmed = structs.replace(desk.confirmed, n=desk.confirmed.n + 1)
    house.review.watch(desk.attempt_id)


def flush(house: House, desk: Desk) -> None:
    assert desk.confirmed is not None
    house.noted[desk.attempt_id] = desk.confirmed.rev


def hear(house: House, desk: Desk) -> None:
    desk.note_durable(house.noted[desk.attempt_id])


def doubt(house: House, desk: Desk) -> None:
    desk.doubt()
    house.review.watch(desk.attempt_id)


def load(house: House, desk: Desk) -> None:
    """Read again, as it is: its last facts may have been another process's."""
    assert desk.confirmed is not None
    house.review.watch(desk.attempt_id)
    desk.loaded(structs.replace(desk.confirmed, durable=house.noted[desk.attempt_id]))


acts = st.sampled_from([hold, release, write, flush, hear, doubt, load])
turns = st.lists(st.lists(st.tuples(acts, st.integers(0, DESKS - 1)), max_size=5), max_size=20)


@settings(max_examples=300)
@given(turns)
async def test_it_finds_whom_a_look_at_all_would_find(turns: list[list[tuple[Act, int]]]) -> None:
    some, every = House(), House()
    for done in turns:
        for act, number in done:
            act(some, some.at(number))
            act(every, every.at(number))
        for attempt_id in every.desks:
            every.review.watch(attempt_id)
        assert await some.look() == await every.look()


async def test_of_whom_all_is_durable_nothing_is_asked_until_something_is_written() -> None:
    house = House()
    desk = house.at(0)
    hold(house, desk)
    assert [await house.look() for _ in range(3)] == [(set(), set())] * 3
    write(house, desk)
    assert await house.look() == (set(), set())  # word of it may be on its way
    assert await house.look() == ({desk.attempt_id}, set())
    flush(house, desk)
    assert await house.look() == ({desk.attempt_id}, set())
    assert await house.look() == (set(), set())


async def test_who_is_doubted_is_read_again_at_every_look_until_he_is() -> None:
    house = House()
    desk = house.at(1)
    hold(house, desk)
    doubt(house, desk)
    assert [await house.look() for _ in range(2)] == [(set(), {desk.attempt_id})] * 2
    flush(house, desk)
    load(house, desk)
    assert await house.look() == (set(), set())


async def test_whom_no_connection_holds_is_left_alone_and_looked_at_when_one_does() -> None:
    house = House()
    desk = house.at(2)
    doubt(house, desk)
    assert await house.look() == (set(), set())
    hold(house, desk)
    assert await house.look() == (set(), {desk.attempt_id})

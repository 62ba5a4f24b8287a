"""Attempts come to their desks: so many at once, and nobody waits too long for his turn."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from examsync.attempts import loading
from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Context, Decision
from examsync.attempts.desk import PATIENCE_MS, Desk, Op, Wiring
from examsync.attempts.environment import Environment
from examsync.attempts.loading import Loading
from protocol.problems import Code
from tests.builders import CHAIN_KEY, KEYS, START, exam, life, running
from tests.unit.attempts.bench import code_of, note

AT_ONCE = 3


class Shelf:
    """Where attempts are read; the test lets them go. Exams are as they are."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.rounds: list[int] = []
        self.broken: set[str] = set()
        self.untold: set[str] = set()

    async def load_all(self, wanted: Sequence[tuple[int, str]]) -> dict[str, Attempt | None]:
        self.rounds.append(len(wanted))
        await self.open.wait()
        asked = {id_ for _, id_ in wanted}
        if asked & self.broken:
            raise ValueError("no attempt at all")
        return {one.id: one for one in ATTEMPTS if one.id in asked - self.untold}

    async def refresh(self, exam_id: str) -> None:
        return None


ATTEMPTS = [running(candidate=f"c{number}") for number in range(3 * AT_ONCE)]


class House:
    """Desks that are brought their attempts by one Loading."""

    def __init__(self) -> None:
        self.now = START
        self.shelf = Shelf()
        self.missing: list[Desk] = []
        self.failures: list[Exception] = []
        storage = cast(Any, self.shelf)
        self.environment = Environment(
            storage,
            storage,
            storage,
            keys=KEYS,
            partitions=8,
            now=lambda: self.now,
            tail=str,
            failed=self._failed,
        )
        self.loading = Loading(self.environment, lambda: self.now, self.missing.append)
        self.desks = [Desk(one.id, self._wiring()) for one in ATTEMPTS]

    def _failed(self, error: Exception) -> None:
        self.failures.append(error)

    def _wiring(self) -> Wiring:
        return Wiring(
            CHAIN_KEY,
            lambda _: life(),
            lambda _: exam(),
            lambda _: None,
            lambda desk, op, write: None,
            self.loading.bring,
            lambda before, after, fact: None,
            lambda attempt, sat, now: "",
            self._failed,
            lambda: self.now,
        )

    def take(self, desk: Desk) -> Op:
        """A command comes to a desk."""
        op = Op(lambda of, sat, ctx: Decision("x", "", "{}", body=note()), CONTEXT, self.now)
        desk.take(op)
        return op

    async def until_empty(self) -> None:
        """All loads are over."""
        async with asyncio.timeout(10):
            ids = [desk.attempt_id for desk in self.desks]
            while any(map(self.loading.under_way, ids)):  # noqa: ASYNC110
                await asyncio.sleep(0)


CONTEXT = Context(START, "somebody")


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """Nobody has asked for anything yet."""
    monkeypatch.setattr(loading, "AT_ONCE_MAX", AT_ONCE)
    monkeypatch.setattr(loading, "LOOK_S", 0.01)
    return House()


async def test_so_many_are_read_at_once_and_the_others_after_them(house: House) -> None:
    for desk in house.desks:
        house.take(desk)
        house.take(desk)
    await asyncio.sleep(0.05)
    assert house.shelf.rounds == [AT_ONCE]
    assert all(house.loading.under_way(desk.attempt_id) for desk in house.desks)
    house.shelf.open.set()
    await house.until_empty()
    assert house.shelf.rounds == [AT_ONCE] * 3
    assert [len(desk.in_flight) for desk in house.desks] == [2] * len(ATTEMPTS)
    assert (house.missing, house.failures) == ([], [])


async def test_who_queues_too_long_is_refused_and_not_read_for(house: House) -> None:
    ops = [house.take(desk) for desk in house.desks]
    house.now += PATIENCE_MS
    late = house.take(house.desks[-1])
    async with asyncio.timeout(10):
        while not all(op.reply.done for op in ops):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    assert {code_of(op) for op in ops} == {Code.UNAVAILABLE}
    assert not late.reply.done
    house.shelf.open.set()
    await house.until_empty()
    assert len(house.desks[-1].in_flight) == 1
    assert house.desks[AT_ONCE] in house.missing, "nobody waits there any more"


async def test_a_defect_costs_whom_it_meets_and_nobody_beside_him(house: House) -> None:
    house.shelf.broken = {ATTEMPTS[1].id}
    house.shelf.open.set()
    ops = [house.take(desk) for desk in house.desks]
    await house.until_empty()
    assert code_of(ops[1]) is Code.INTERNAL
    assert [len(desk.in_flight) for desk in house.desks] == [1, 0, *[1] * (len(ATTEMPTS) - 2)]
    assert [type(error) for error in house.failures] == [ValueError]


async def test_of_whom_nothing_could_be_told_is_asked_again(house: House) -> None:
    house.shelf.untold = {ATTEMPTS[0].id}
    house.shelf.open.set()
    house.take(house.desks[0])
    house.take(house.desks[1])
    async with asyncio.timeout(10):
        while len(house.shelf.rounds) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    assert [len(desk.in_flight) for desk in house.desks[:2]] == [0, 1]
    house.shelf.untold = set()
    await house.until_empty()
    assert len(house.desks[0].in_flight) == 1
    assert house.missing == []


async def test_what_was_read_before_a_doubt_is_read_again(house: House) -> None:
    house.take(house.desks[0])
    await asyncio.sleep(0)
    house.desks[0].doubt()
    house.shelf.open.set()
    await house.until_empty()
    assert house.shelf.rounds == [1, 1]
    assert len(house.desks[0].in_flight) == 1

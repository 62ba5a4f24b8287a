"""What tests of signing in share: a clock moved by hand, quick hashes, an account."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from argon2 import PasswordHasher
from msgspec import structs

from examsync.access.account import Account
from examsync.access.code import Place
from examsync.access.service import Accounts, Revocations, Tries
from examsync.access.token import Identity
from examsync.errors import ExamError
from examsync.infra.hashing import Hashing
from examsync.infra.postgres import Pool
from protocol.types import Role
from tests.unit.access.forge import KEYS, NOW

LIFE_MS = 3_600_000
TRIES = 5
PASSWORD = "correct horse"
EVA = Account("a-1", "eva", Role.EXAMINER, "Eva", ("maths",), ("east",), created_at=NOW)
ADDRESS = "192.0.2.7"


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.ms = NOW

    def now(self) -> int:
        return self.ms


def quick(time_cost: int = 1) -> Hashing:
    return Hashing(PasswordHasher(time_cost=time_cost, memory_cost=8, parallelism=1))


async def registered(subject: str) -> Sequence[str]:
    return ["physics"] if subject == "c-1" else []


def made(pool: Pool, clock: HandClock, hashing: Hashing) -> Accounts:
    return Accounts(
        pool,
        KEYS,
        clock,
        exams_of=registered,
        life_ms=LIFE_MS,
        tries=Tries(TRIES),
        hashing=hashing,
    )


async def signed_in(accounts: Accounts, login: str = "eva", password: str = PASSWORD) -> Identity:
    return (await accounts.sign_in(login, password, address=ADDRESS)).identity


async def refused(
    accounts: Accounts, login: str, password: str, address: str = ADDRESS
) -> ExamError:
    with pytest.raises(ExamError) as caught:
        await accounts.sign_in(login, password, address=address)
    return caught.value


class Register:
    """A list of candidates of the exam `physics`, which a test may change, or keep waiting."""

    def __init__(self, *candidates: str) -> None:
        self._places: dict[str, Place] = {}
        self.asked, self.let = asyncio.Event(), asyncio.Event()
        self.let.set()
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate: str) -> None:
        place = Place(f"a-{candidate}", "physics", candidate, candidate.title())
        self._places[place.attempt] = place

    def remove(self, candidate: str) -> None:
        del self._places[f"a-{candidate}"]

    def change(self, candidate: str, **changes: Any) -> None:
        place = self._places[f"a-{candidate}"]
        self._places[place.attempt] = structs.replace(place, **changes)

    def hold(self) -> None:
        """Whoever asks from now on waits until `let` is set."""
        self.let.clear()

    async def place(self, exam: str, attempt: str) -> Place | None:
        self.asked.set()
        await self.let.wait()
        found = self._places.get(attempt)
        return found if found is not None and found.exam == exam else None

    async def places(self, exam: str) -> list[Place]:
        return [place for place in self._places.values() if place.exam == exam]


async def revoked_now(pool: Pool, clock: HandClock, identity: Identity) -> bool:
    """Whether a process that begins now refuses a token of this identity."""
    revocations = Revocations(clock)
    await revocations.refresh(pool)
    return revocations.is_revoked(identity)

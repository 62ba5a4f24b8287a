"""What tests of signing in share: a clock moved by hand, quick hashes, an account."""

from collections.abc import Sequence

import pytest
from argon2 import PasswordHasher

from examsync.access.account import Account
from examsync.access.service import Accounts, Tries
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

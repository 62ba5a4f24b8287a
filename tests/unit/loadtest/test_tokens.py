"""Tokens made with a server's secret are those the server takes."""

import time

import pytest

from examsync.access.token import Keys, verify
from examsync.errors import ExamError
from loadtest.tokens import LIFE_S, sign
from protocol.types import Role

SECRET = "a secret of the tests, 32 bytes long or more"
KEYS = Keys("1", {"1": SECRET.encode()})


def test_a_candidates_token_opens_its_exam() -> None:
    who = verify(sign(SECRET, "load-00001", Role.CANDIDATE, "exam-1"), KEYS, now())
    assert (who.subject, who.role, *who.exams) == ("load-00001", Role.CANDIDATE, "exam-1")
    assert who.expires_at - who.issued_at == LIFE_S * 1_000


def test_an_admins_token_names_no_exam() -> None:
    assert verify(sign(SECRET, "loadtest", Role.ADMIN), KEYS, now()).exams == frozenset()


def test_another_secret_makes_no_token() -> None:
    with pytest.raises(ExamError):
        verify(sign(SECRET[::-1], "loadtest", Role.ADMIN), KEYS, now())


def now() -> int:
    return int(time.time() * 1_000)

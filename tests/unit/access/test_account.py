"""Accounts: how logins and passwords are read, and what becomes of an account in a token."""

import pytest
from msgspec import structs

from examsync.access.account import (
    Account,
    check_password,
    checked,
    identity_of,
    login_of,
    password_of,
)
from examsync.access.token import EXAMS_MAX, HALLS_MAX, issue, verify
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Role
from tests.unit.access.forge import KEYS, NOW

EVA = Account("a-1", "eva", Role.EXAMINER, "Eva", ("maths",), ("east",))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Anna@X.org ", "anna@x.org"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ａnna", "anna"),
    ],
)
def test_a_login_is_the_same_however_it_is_typed(typed: str, stored: str) -> None:
    assert login_of(typed) == stored


@pytest.mark.parametrize("text", ["", "   ", "a\nb", "a\x00", "x" * 101, "a\u200bb"])
def test_what_cannot_be_a_login_is_refused(text: str) -> None:
    with pytest.raises(ExamError) as caught:
        login_of(text)
    assert caught.value.code is Code.BAD_REQUEST


def test_a_password_is_the_same_on_systems_that_compose_letters_differently() -> None:
    assert password_of("pässword") == password_of("pa\u0308ssword")


@pytest.mark.parametrize("password", ["1234567", "p" * 257, "Eva@Exam.org"])
def test_a_new_password_is_neither_short_nor_endless_nor_the_login(password: str) -> None:
    with pytest.raises(ExamError):
        check_password(password, "eva@exam.org")
    check_password("correct horse", "eva@exam.org")


def test_a_good_account_keeps_everything_but_the_form_of_its_login() -> None:
    assert checked(structs.replace(EVA, login=" EVA")) == EVA


@pytest.mark.parametrize(
    "change",
    [
        {"id": "not an id"},
        {"name": "n" * 201},
        {"exams": ("",)},
        {"exams": tuple(f"e{n}" for n in range(EXAMS_MAX + 1))},
        {"halls": tuple(f"h{n}" for n in range(HALLS_MAX + 1))},
        {"login": ""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_would_not_fit_into_a_token_is_no_account(change: dict[str, object]) -> None:
    with pytest.raises(ExamError) as caught:
        checked(structs.replace(EVA, **change))
    assert caught.value.code is Code.BAD_REQUEST


def test_an_examiners_identity_carries_exams_and_halls() -> None:
    identity = identity_of(EVA, EVA.exams, now=NOW, life_ms=1000, jti="j")
    assert (identity.subject, identity.name) == ("a-1", "Eva")
    assert identity.exams == {"maths"}
    assert identity.halls == {"east"}
    assert identity.expires_at - identity.issued_at == 1000
    assert verify(issue(identity, KEYS), KEYS, NOW) == identity


def test_an_admin_is_bound_to_nothing_and_a_candidate_to_no_hall() -> None:
    admin = identity_of(
        structs.replace(EVA, role=Role.ADMIN), ("maths",), now=NOW, life_ms=1, jti="j"
    )
    assert admin.exams == admin.halls == frozenset()
    candidate = identity_of(
        structs.replace(EVA, role=Role.CANDIDATE), ("maths",), now=NOW, life_ms=1, jti="j"
    )
    assert candidate.exams == {"maths"}
    assert candidate.halls == frozenset()

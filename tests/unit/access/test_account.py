"""Accounts: how logins and passwords are read, and what becomes of an account in a token."""

import pytest
from msgspec import structs

from examsync.access.account import (
    Account,
    Change,
    changed,
    check_password,
    checked,
    identity_of,
    login_of,
    password_made,
    password_of,
    reaches_further,
    sort_value,
)
from examsync.access.token import EXAMS_MAX, HALLS_MAX, Identity, issue, verify
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


def given(account: Account) -> Identity:
    identity = identity_of(account, ("maths",), now=NOW, until=NOW + 1000, since=NOW - 5)
    return structs.replace(identity, jti="j")


def test_an_examiners_identity_carries_exams_and_halls() -> None:
    identity = given(EVA)
    assert (identity.subject, identity.name) == ("a-1", "Eva")
    assert identity.exams == {"maths"}
    assert identity.halls == {"east"}
    assert identity.expires_at - identity.issued_at == 1000
    assert (identity.source, identity.signed_in_at) == ("password", NOW - 5)
    assert verify(issue(identity, KEYS), KEYS, NOW) == identity


def test_an_admin_is_bound_to_nothing_and_a_candidate_to_no_hall() -> None:
    admin = given(structs.replace(EVA, role=Role.ADMIN))
    assert admin.exams == admin.halls == frozenset()
    candidate = given(structs.replace(EVA, role=Role.CANDIDATE))
    assert candidate.exams == {"maths"}
    assert candidate.halls == frozenset()


ROOT = Account("root", "root", Role.ADMIN)
CHANGES = [Change(role=Role.EXAMINER), Change(role=Role.CANDIDATE), Change(disabled=True)]


@pytest.mark.parametrize("change", CHANGES)
def test_the_last_admin_stays_one_and_nobody_takes_it_from_himself(change: Change) -> None:
    for others, by in ((0, ""), (0, "cli"), (2, "root")):
        with pytest.raises(ExamError) as caught:
            changed(ROOT, change, other_admins=others, by=by)
        assert caught.value.code is Code.FORBIDDEN
    assert changed(ROOT, change, other_admins=1, by="other") != ROOT


@pytest.mark.parametrize("change", CHANGES)
def test_who_is_no_admin_any_more_may_be_changed_by_anybody(change: Change) -> None:
    out = structs.replace(ROOT, disabled=True)
    changed(out, change, other_admins=0, by="root")
    changed(EVA, change, other_admins=0, by="a-1")


def test_a_name_may_change_without_ending_tokens_and_nothing_else() -> None:
    assert not reaches_further(ROOT, changed(ROOT, Change(name="R"), other_admins=0, by="root"))
    for change in (Change(exams=("x",)), Change(halls=("x",)), *CHANGES[1:]):
        assert reaches_further(EVA, changed(EVA, change, other_admins=0, by=""))


def test_nothing_said_changes_nothing() -> None:
    assert changed(EVA, Change(), other_admins=0, by="a-1") == EVA


def test_a_made_password_can_be_read_out_and_is_long() -> None:
    made = password_made(2**80 - 1)
    assert made == "zzzz-zzzz-zzzz-zzzz"
    assert len(password_made(0)) >= 16
    check_password(made, "eva")


def test_what_an_account_is_sorted_by() -> None:
    account = structs.replace(EVA, name="Éva B")
    assert [sort_value(account, each) for each in ("login", "name", "role")] == [
        "eva",
        "éva b",
        "examiner",
    ]

"""Accounts: who signs in with a login and a password, and the identity that comes of it."""

import unicodedata
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from examsync.access.token import EXAMS_MAX, HALLS_MAX, Hall, Identity, Name
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Id, Role

LOGIN_CHARS_MAX = 100
PASSWORD_CHARS_MIN = 8
"""OWASP ASVS 5.0, 6.2.1. Longer is asked of nobody: candidates get theirs printed on a card."""

PASSWORD_CHARS_MAX = 256
"""Far above any passphrase; keeps hashing from being fed megabytes."""


class Account(Struct, frozen=True):
    """One person who can sign in. `id` is the subject of its tokens and never changes.

    `exams` and `halls` bound an examiner's tokens; no halls means all. For candidates both are
    empty here (registrations know), for admins they mean nothing.
    """

    id: Id
    login: str
    role: Role
    name: Name = ""
    exams: Annotated[tuple[Id, ...], Meta(max_length=EXAMS_MAX)] = ()
    halls: Annotated[tuple[Hall, ...], Meta(max_length=HALLS_MAX)] = ()
    disabled: bool = False


def checked(account: Account) -> Account:
    """The account with its login in the stored form; raises ExamError `bad_request`.

    What passes here fits into a token.
    """
    try:
        msgspec.convert(msgspec.to_builtins(account), Account)
    except msgspec.ValidationError as error:
        raise ExamError(Code.BAD_REQUEST, f"This cannot be an account: {error}.") from None
    return msgspec.structs.replace(account, login=login_of(account.login))


def login_of(text: str) -> str:
    """The form in which logins are compared and stored: `Anna@X.org ` is `anna@x.org`.

    Raises ExamError `bad_request` for what cannot be a login.
    """
    login = unicodedata.normalize("NFKC", text).strip().casefold()
    if not 1 <= len(login) <= LOGIN_CHARS_MAX or not login.isprintable():
        raise ExamError(
            Code.BAD_REQUEST, f"A login has 1 to {LOGIN_CHARS_MAX} printable characters."
        )
    return login


def password_of(text: str) -> str:
    """The form in which passwords are hashed: the same keys give the same text on any system."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: str, login: str) -> None:
    """Raise ExamError `bad_request` for a new password that is too short, too long or the login."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise ExamError(
            Code.BAD_REQUEST,
            f"A password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters.",
        )
    if password.casefold() == login:
        raise ExamError(Code.BAD_REQUEST, "The password must not be the login.")


def identity_of(
    account: Account, exams: tuple[str, ...], *, now: int, life_ms: int, jti: str
) -> Identity:
    """The identity that `account` has from `now` on, for these exams."""
    return Identity(
        subject=account.id,
        role=account.role,
        exams=frozenset() if account.role is Role.ADMIN else frozenset(exams),
        halls=frozenset(account.halls) if account.role is Role.EXAMINER else frozenset(),
        issued_at=now,
        expires_at=now + life_ms,
        jti=jti,
        name=account.name,
    )

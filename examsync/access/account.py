"""Accounts (pure): who signs in with a login and a password, and the identity that comes of it."""

import unicodedata
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, structs

from examsync.access.key import PREFIX_OF_SUBJECTS
from examsync.access.spelling import grouped, spelled
from examsync.access.token import EXAMS_MAX, HALLS_MAX, Hall, Identity, Name
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Id, Role

LOGIN_CHARS_MAX = 100
PASSWORD_CHARS_MIN = 8
"""OWASP ASVS 5.0, 6.2.1. Longer is asked of nobody: candidates get theirs printed on a card."""

PASSWORD_CHARS_MAX = 256
"""Far above any passphrase; keeps hashing from being fed megabytes."""

PASSWORD_CHARS_MADE = 16
"""Of a password that the server makes, hyphens aside: 80 random bits."""

PASSWORD = "password"
"""The source (`Identity.source`) of tokens that a password gave."""


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
    created_at: int = 0
    """In ms since 1970 UTC; 0 before it is stored."""


class Change(Struct, frozen=True):
    """What is to be different in an account; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    exams: tuple[str, ...] | None = None
    halls: tuple[str, ...] | None = None
    disabled: bool | None = None


class Wanted(Struct, frozen=True):
    """Which accounts of a list: `text` is part of login, name or id; None means all of them."""

    role: Role | None = None
    text: str = ""
    disabled: bool | None = None
    sort: Literal["login", "name", "role"] = "login"
    down: bool = False


def sort_value(account: Account, sort: str) -> str:
    """What an account is sorted by, as the SQL beside `store` has it."""
    if sort == "name":
        return account.name.lower()
    return str(account.role) if sort == "role" else account.login


def changed(account: Account, change: Change, *, other_admins: int, by: str) -> Account:
    """The account after a change. `other_admins`: how many could still let it in again.

    Raises ExamError `forbidden` for what would leave no admin, or takes `by`'s own rights.
    """
    said = {name: value for name, value in structs.asdict(change).items() if value is not None}
    after = structs.replace(account, **said)
    was_admin = account.role is Role.ADMIN and not account.disabled
    if not was_admin or (after.role is Role.ADMIN and not after.disabled):
        return after
    if by == account.id:
        raise ExamError(Code.FORBIDDEN, "Nobody takes it from himself: ask another admin.")
    if not other_admins:
        raise ExamError(Code.FORBIDDEN, "This is the last admin: make another one first.")
    return after


def reaches_further(before: Account, after: Account) -> bool:
    """Whether tokens that were given before may say what holds no more."""
    return structs.replace(before, name=after.name) != after


def checked(account: Account) -> Account:
    """The account with its login in the stored form; raises ExamError `bad_request`.

    What passes here fits into a token.
    """
    try:
        msgspec.convert(msgspec.to_builtins(account), Account)
    except msgspec.ValidationError as error:
        raise ExamError(Code.BAD_REQUEST, f"This cannot be an account: {error}.") from None
    if account.id.startswith(PREFIX_OF_SUBJECTS):
        raise ExamError(Code.BAD_REQUEST, "Such an id would be taken for an API key.")
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


def password_made(number: int) -> str:
    """A password of random bits that can be read out: `k3vd-9h2m-x0qr-71st`."""
    return grouped(spelled(number, PASSWORD_CHARS_MADE)).lower()


def exams_to_be_read(account: Account) -> bool:
    """Whether its exams are those it is registered for, and not those of the account."""
    return account.role is Role.CANDIDATE


def identity_of(
    account: Account, exams: tuple[str, ...], *, now: int, until: int, since: int
) -> Identity:
    """The identity that `account` has from `now` until then, for these exams; jti is still to come.

    `since`: when the password was shown.
    """
    return Identity(
        subject=account.id,
        role=account.role,
        exams=frozenset() if account.role is Role.ADMIN else frozenset(exams),
        halls=frozenset(account.halls) if account.role is Role.EXAMINER else frozenset(),
        issued_at=now,
        expires_at=until,
        jti="",
        name=account.name,
        source=PASSWORD,
        signed_in_at=since,
    )

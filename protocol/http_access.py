"""Bodies and queries of signing in, accounts, API keys, and of slips and tokens for candidates.

Times are milliseconds since 1970 UTC.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.types import Id, Millis, Role

EXAMS_MAX = 100
HALLS_MAX = 50

Login = Annotated[str, Meta(min_length=1, max_length=256)]
Password = Annotated[str, Meta(min_length=1, max_length=1_024)]
Name = Annotated[str, Meta(max_length=200)]
KeyName = Annotated[str, Meta(min_length=1, max_length=200)]
Exams = Annotated[list[Id], Meta(max_length=EXAMS_MAX)]
Halls = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=HALLS_MAX)
]
Candidates = Annotated[list[Id], Meta(min_length=1, max_length=100_000)]
Search = Annotated[str, Meta(max_length=100)]
Limit = Annotated[int, Meta(ge=1, le=1_000)]
Cursor = Annotated[str, Meta(max_length=1_000)]

# --- signing in -----------------------------------------------------------------------------------


class SignIn(Struct, frozen=True):
    """`POST /sign-in`: who knows the password gets a token."""

    login: Login
    password: Password


class SignInWithCode(Struct, frozen=True):
    """`POST /sign-in/code`: who holds the slip gets a candidate's token for its exam.

    Case, hyphens and spaces do not matter, nor O for 0, nor I or L for 1.
    """

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class SignedIn(Struct, frozen=True):
    """The token, and what it says. `exams` is empty for an admin, whose exams are all."""

    token: str
    expires_at: int
    subject: str
    role: Role
    name: str
    exams: list[str]
    halls: list[str]


class Me(Struct, frozen=True):
    """`GET /me`: what the token says. No halls means all of those exams."""

    subject: str
    role: Role
    name: str
    exams: list[str]
    halls: list[str]
    expires_at: int


class ChangePassword(Struct, frozen=True):
    """`POST /my/password`: a new one for oneself; everything signed in before is signed out."""

    old: Password
    new: Password


# --- accounts -------------------------------------------------------------------------------------


class ListAccounts(Struct, frozen=True):
    """The query of `GET /admin/accounts`. `q` is part of a login, a name or an id."""

    role: Role | None = None
    q: Search = ""
    disabled: bool | None = None
    sort: Literal["login", "-login", "name", "-name", "role", "-role"] = "login"
    limit: Limit = 100
    after: Cursor = ""


class Account(Struct, frozen=True):
    """One person who can sign in. `id` is the subject of its tokens and never changes."""

    id: str
    login: str
    role: Role
    name: str
    exams: list[str]
    halls: list[str]
    disabled: bool
    created_at: int


class AccountsPage(Struct, frozen=True):
    """Some accounts, and how many there are in all."""

    items: list[Account]
    next: str | None
    total: int


class CreateAccount(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/accounts`. `id`: the login, where that can be an id, if it is not named.

    A candidate's id is the one under which exams register it; `exams` and `halls` bound an
    examiner. Without a password the server makes one up.
    """

    login: Login
    role: Role
    name: Name = ""
    exams: Exams = []
    halls: Halls = []
    id: Id | None = None
    password: Password | None = None


class AccountMade(Account, frozen=True, kw_only=True, omit_defaults=True):
    """The new account; `password` is there if the server made it up, this once."""

    password: str | None = None


class ChangeAccount(Struct, frozen=True, omit_defaults=True):
    """`PATCH /admin/accounts/{id}`: what is named is changed; its tokens end, but for a name."""

    name: Name | None = None
    role: Role | None = None
    exams: Exams | None = None
    halls: Halls | None = None
    disabled: bool | None = None


class SetPassword(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/accounts/{id}/password`. Without one the server makes one up."""

    password: Password | None = None


class PasswordSet(Struct, frozen=True):
    """The password that the server made up; null when it was given."""

    password: str | None


# --- API keys -------------------------------------------------------------------------------------


class ApiKey(Struct, frozen=True):
    """A key, without its secret. `expires_at` null: until it is revoked. `last_used_at` is a
    minute late at most."""

    id: str
    name: str
    role: Role
    exams: list[str]
    halls: list[str]
    created_at: int
    created_by: str
    expires_at: int | None
    last_used_at: int | None


class ApiKeys(Struct, frozen=True):
    """All keys, the newest first: there are few."""

    items: list[ApiKey]


class CreateApiKey(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/keys`. An examiner's key names its exams, an admin's is for all."""

    name: KeyName
    role: Role
    exams: Exams = []
    halls: Halls = []
    expires_at: Millis | None = None


class ApiKeyMade(ApiKey, frozen=True, kw_only=True):
    """The new key. `key` (`esk_...`) is shown this once."""

    key: str


# --- candidates of an exam ------------------------------------------------------------------------


class MakeSlips(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/slips`: of these candidates, or of all. `renew` makes the codes
    that were printed before worthless, and signs out what they had signed in."""

    candidates: Candidates | None = None
    renew: bool = False


class Slip(Struct, frozen=True):
    """What is printed for one candidate. `/#code=<code>` is the same as a link."""

    candidate: str
    name: str
    hall: str
    group: str
    code: str
    attempt: str


class Slips(Struct, frozen=True):
    """By hall, group and candidate."""

    items: list[Slip]


class IssueTokens(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/tokens`: of these candidates, or of all; good for `life_s`."""

    candidates: Candidates | None = None
    life_s: Annotated[int, Meta(ge=60, le=604_800)] | None = None


class Tokens(Struct, frozen=True):
    """A token for each candidate."""

    tokens: dict[str, str]


REQUESTS: dict[str, type] = {
    "sign_in": SignIn,
    "sign_in_with_code": SignInWithCode,
    "change_password": ChangePassword,
    "create_account": CreateAccount,
    "change_account": ChangeAccount,
    "set_password": SetPassword,
    "create_api_key": CreateApiKey,
    "make_slips": MakeSlips,
    "issue_tokens": IssueTokens,
}
RESPONSES: dict[str, type] = {
    "signed_in": SignedIn,
    "me": Me,
    "account": Account,
    "account_made": AccountMade,
    "accounts_page": AccountsPage,
    "password_set": PasswordSet,
    "api_key_made": ApiKeyMade,
    "api_keys": ApiKeys,
    "slips": Slips,
    "tokens": Tokens,
}

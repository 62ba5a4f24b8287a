"""API keys (pure): how programs identify themselves. `esk_` and 260 random bits, kept as a hash.

A key is believed as long as its row is there; its scope is the row's, never the program's word.
"""

import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from examsync.access.spelling import spelled
from examsync.access.token import EXAMS_MAX, HALLS_MAX, Hall, Identity
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Id, Role

PREFIX = "esk_"
"""So that a scanner of repositories knows one when it sees it."""

PREFIX_OF_SUBJECTS = "key:"
"""Of the subjects that speak with a key; no account and no other issuer may have such a one."""

SECRET_CHARS = 52
RANDOM_BITS = SECRET_CHARS * 5
KEY_CHARS = len(PREFIX) + SECRET_CHARS
NEVER = 253_402_300_799_000
"""The end of a key without an end: the last second of the year 9999."""

ROLES = frozenset({Role.EXAMINER, Role.ADMIN})
"""A program does not sit."""


class ApiKey(Struct, frozen=True):
    """One key, without its secret. Times in ms; `expires_at` None: until it is revoked."""

    id: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    role: Role
    created_by: str
    created_at: int
    exams: Annotated[tuple[Id, ...], Meta(max_length=EXAMS_MAX)] = ()
    halls: Annotated[tuple[Hall, ...], Meta(max_length=HALLS_MAX)] = ()
    expires_at: int | None = None
    last_used_at: int | None = None


def key_text(number: int) -> str:
    """The key made of RANDOM_BITS random bits, as its owner gets it."""
    return PREFIX + spelled(number, SECRET_CHARS).lower()


def is_key(text: str) -> bool:
    """Whether a bearer token means to be an API key; tokens have dots and no such beginning."""
    return text.startswith(PREFIX)


def hash_of(text: str) -> str:
    """Under what a key is stored. No salt and no slow hash: there is nothing in it to guess."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=32).hexdigest()


def checked(key: ApiKey, now: int) -> ApiKey:
    """The key, if there can be such a one. Raises ExamError `bad_request`."""
    try:
        msgspec.convert(msgspec.to_builtins(key), ApiKey)
    except msgspec.ValidationError as error:
        raise ExamError(Code.BAD_REQUEST, f"This cannot be a key: {error}.") from None
    if key.role not in ROLES:
        raise ExamError(Code.BAD_REQUEST, "A key is an examiner's or an admin's: programs sit not.")
    if key.role is Role.EXAMINER and not key.exams:
        raise ExamError(Code.BAD_REQUEST, "An examiner's key without exams opens nothing.")
    if key.role is Role.ADMIN and (key.exams or key.halls):
        raise ExamError(Code.BAD_REQUEST, "An admin's key is for all exams: name neither.")
    if key.expires_at is not None and key.expires_at <= now:
        raise ExamError(Code.BAD_REQUEST, "This key would have expired before it was made.")
    return key


def source_of(key_id: str) -> str:
    """What identities of this key name as their source."""
    return f"{PREFIX_OF_SUBJECTS}{key_id}"


def identity_of(key: ApiKey) -> Identity:
    """Who speaks with this key. The subject is `key:<id>`, which no account can be taken for."""
    return Identity(
        subject=source_of(key.id),
        role=key.role,
        exams=frozenset(key.exams) if key.role is Role.EXAMINER else frozenset(),
        halls=frozenset(key.halls) if key.role is Role.EXAMINER else frozenset(),
        issued_at=key.created_at,
        expires_at=NEVER if key.expires_at is None else key.expires_at,
        jti=source_of(key.id),
        name=key.name,
        source=source_of(key.id),
    )

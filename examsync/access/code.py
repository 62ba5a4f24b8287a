"""Access codes (pure): ten characters on a slip that let one candidate into one exam.

A code is a keyed hash of exam, candidate and its number, so it can be printed again as long as
the key is kept; what is stored is another keyed hash of it, which finds it and tells nothing.
"""

import functools
import hashlib

from msgspec import Struct

from examsync.access.spelling import BITS_PER_CHAR, forgiven, grouped, spelled

CODE_CHARS = 10
"""50 bits: with 100,000 codes in force, one guess in ten thousand million is right."""

CODE_CHARS_MAX = 40
"""What is typed, with hyphens and spaces; longer is no code."""


class Place(Struct, frozen=True):
    """A registration as access knows it: who sits where, and whether there is anything to sit.

    `status`: the exam's (`draft`, `published`, `archived`). `over`: its time has passed for this
    candidate. `released`: the candidate's results can be seen.
    """

    attempt: str
    exam: str
    candidate: str
    name: str = ""
    hall: str = ""
    group: str = ""
    status: str = "published"
    over: bool = False
    released: bool = False


class Slip(Struct, frozen=True):
    """A place and its code, as it is printed (`XXXX-XXXX-XX`)."""

    place: Place
    code: str


def code_of(secret: bytes, place: Place, nth: int) -> str:
    """The `nth` code of a place (from 1): CODE_CHARS characters without hyphens."""
    key = _derived(secret, b"examsync code")
    said = f"{place.exam}\x00{place.candidate}\x00{nth}".encode()
    number = int.from_bytes(hashlib.blake2b(said, key=key, digest_size=8).digest())
    return spelled(number >> (64 - CODE_CHARS * BITS_PER_CHAR), CODE_CHARS)


def hash_of(secret: bytes, code: str) -> str:
    """Under what a code is stored and found again."""
    key = _derived(secret, b"examsync code hash")
    return hashlib.blake2b(code.encode(), key=key, digest_size=16).hexdigest()


def typed(text: str) -> str | None:
    """The code that somebody typed; None for what is none. Case, hyphens and O/0 are forgiven."""
    if len(text) > CODE_CHARS_MAX:
        return None
    meant = forgiven(text)
    return meant if meant is not None and len(meant) == CODE_CHARS else None


def shown(code: str) -> str:
    """As it is printed."""
    return grouped(code)


def source_of(attempt: str, nth: int) -> str:
    """What tokens of this code name as their source."""
    return f"code:{attempt}:{nth}"


def read_source(source: str) -> tuple[str, int] | None:
    """The attempt and number in a source; None when it names no code."""
    kind, _, rest = source.partition(":")
    attempt, _, nth = rest.rpartition(":")
    return (attempt, int(nth)) if kind == "code" and nth.isdecimal() else None


@functools.lru_cache(maxsize=64)  # a few keys and purposes, asked for with every code
def _derived(secret: bytes, purpose: bytes) -> bytes:
    """A key of its own for each purpose; a secret of any length counts whole."""
    return hashlib.blake2b(purpose, key=hashlib.blake2b(secret).digest(), digest_size=32).digest()

"""Ids of attempts and the partitions they fall into (pure)."""

import functools
import hashlib

ATTEMPTS_MAX = 20_000
"""Attempts whose partition is remembered: about 3 MB. It is asked for every answer."""


def attempt_id(exam: str, candidate: str) -> str:
    """The id of the one attempt of this candidate at this exam: `a` and 24 hex digits."""
    name = f"{exam}\x00{candidate}".encode()
    return "a" + hashlib.blake2b(name, digest_size=12).hexdigest()


@functools.lru_cache(ATTEMPTS_MAX)
def partition(attempt: str, partitions: int) -> int:
    """Which of `partitions` slices an attempt belongs to; never changes for an installation."""
    return int.from_bytes(hashlib.blake2b(attempt.encode(), digest_size=4).digest()) % partitions

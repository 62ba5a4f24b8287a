"""Ids of attempts and the partitions they fall into (pure)."""

import hashlib


def attempt_id(exam: str, candidate: str) -> str:
    """The id of the one attempt of this candidate at this exam: `a` and 24 hex digits."""
    name = f"{exam}\x00{candidate}".encode()
    return "a" + hashlib.blake2b(name, digest_size=12).hexdigest()


def partition(attempt: str, partitions: int) -> int:
    """Which of `partitions` slices an attempt belongs to; never changes for an installation."""
    return int.from_bytes(hashlib.blake2b(attempt.encode(), digest_size=4).digest()) % partitions

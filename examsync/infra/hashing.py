"""Password hashing in threads, so few at once that everything else goes on. Knows no accounts."""

import asyncio
import uuid
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""A hash takes a core for 50 to 150 ms, and 64 MiB; more at once would starve the sockets."""

WAITING_MAX = 50
"""The last of them waits two to four seconds; more are told to come back."""

T = TypeVar("T")


class HashingBusy(Exception):
    """WAITING_MAX passwords are being hashed or wait for it; try again in a few seconds."""


class Hashing:
    """Argon2id, by default with the second recommended parameters of RFC 9106."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """A new hash with a new salt. Raises HashingBusy."""
        return await self._threaded(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; for None the same work is done in vain. Raises HashingBusy.

        So the time an answer takes does not tell whether there was a hash to compare with.
        """
        if self._decoy is None:
            self._decoy = await self.hash(uuid.uuid4().hex)
        right = await self._threaded(self._verify, password_hash or self._decoy, password)
        return right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _threaded(self, work: Callable[..., T], *args: str) -> T:
        if self._waiting >= WAITING_MAX:
            raise HashingBusy
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *args)
        finally:
            self._waiting -= 1

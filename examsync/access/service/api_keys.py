"""API keys: made, listed, revoked by admins; held in memory by every process that has a door.

A loop of `app` calls `refresh` every second or two, so a key that was revoked is refused within
five seconds everywhere; a key that was just made is looked up when it is first seen (`learn`).
"""

import secrets

from examsync.access import key_store
from examsync.access.key import RANDOM_BITS, ApiKey, checked, hash_of, identity_of, key_text
from examsync.access.key import source_of as source_of_key
from examsync.access.revocation import Kind, Revocation
from examsync.access.service.tries import Tries
from examsync.access.token import TOKEN_LIFE_MS_MAX, Identity
from examsync.clock import Clock
from examsync.errors import ExamError
from examsync.infra.log import logger
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role

log = logger(__name__)

KEYS_MAX = 1_000
"""All of them are in memory; an institute has a few dozen programs."""

USED_EVERY_MS = 60_000
"""`last_used_at` is written this often at most: it is for people."""


class ApiKeys:
    """The keys of this installation. `tries` bounds keys that are not known, per address."""

    def __init__(self, pool: Pool, clock: Clock, tries: Tries) -> None:
        self._pool, self._clock, self._tries = pool, clock, tries
        self._known: dict[str, ApiKey] = {}
        self._used: dict[str, int] = {}

    # --- at the doors -----------------------------------------------------------------------------

    def identify(self, text: str, now: int) -> Identity:
        """Whose key this is. Memory only. Raises ExamError `unauthorized`."""
        key = self._known.get(hash_of(text))
        if key is None:
            raise ExamError(Code.UNAUTHORIZED, "This API key is not known here, or was revoked.")
        if key.expires_at is not None and key.expires_at <= now:
            raise ExamError(Code.UNAUTHORIZED, "This API key has expired: ask for another one.")
        if now - max(key.last_used_at or 0, self._used.get(key.id, 0)) >= USED_EVERY_MS:
            self._used[key.id] = now
        return identity_of(key)

    async def learn(self, text: str, address: str) -> None:
        """Look up a key that is not in memory. Raises ExamError `rate_limited`, Unavailable."""
        hash_ = hash_of(text)
        if hash_ in self._known:
            return
        self._tries.charge_code(address, self._clock.now())
        key = await key_store.fetch(self._pool, hash_)
        if key is not None:
            self._tries.refund_code(address)
            self._known[hash_] = key

    async def refresh(self) -> None:
        """Read all keys, and write down when they were used. Raises Unavailable."""
        used, self._used = self._used, {}
        if used:
            await key_store.note_used(self._pool, used)
        self._known = await key_store.fetch_all(self._pool)

    # --- by admins --------------------------------------------------------------------------------

    async def listed(self) -> list[ApiKey]:
        """All keys, the newest first. Raises Unavailable."""
        return list((await key_store.fetch_all(self._pool)).values())

    async def create(
        self,
        name: str,
        role: Role,
        *,
        by: str,
        exams: tuple[str, ...] = (),
        halls: tuple[str, ...] = (),
        expires_at: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its text, which nobody can be shown again.

        Raises ExamError `bad_request`, `too_many`; Unavailable.
        """
        now = self._clock.now()
        id_ = secrets.token_hex(6)
        key = checked(ApiKey(id_, name, role, by, now, exams, halls, expires_at), now)
        text = key_text(secrets.randbits(RANDOM_BITS))
        if not await key_store.insert(self._pool, key, hash_of(text), KEYS_MAX):
            raise ExamError(Code.TOO_MANY, f"There are {KEYS_MAX} keys already: revoke some.")
        self._known[hash_of(text)] = key
        log.info("an API key was made", key=key.id, role=key.role, by=by)
        return key, text

    async def revoke(self, key_id: str) -> None:
        """Believe a key no more; its connections are cut. Raises `not_found`, Unavailable."""
        end = self._clock.now() + TOKEN_LIFE_MS_MAX
        cut = Revocation(Kind.SOURCE, source_of_key(key_id), end, end)
        if not await key_store.delete(self._pool, key_id, cut):
            raise ExamError(Code.NOT_FOUND, "There is no API key with this id.")
        self._known = {hash_: key for hash_, key in self._known.items() if key.id != key_id}
        log.info("an API key was revoked", key=key_id)

"""The keys of other issuers: read from where the configuration says, kept, and read again.

A loop of `app` calls `refresh`. A token with a key that is not known makes them be read again, at
most every AGAIN_MS: whoever invents names of keys gets nothing done with it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from examsync.access import jwks
from examsync.access.service import outside
from examsync.access.token import Identity, refused
from examsync.clock import Clock
from examsync.errors import ExamError
from examsync.infra.fetching import FetchFailed, fetch
from examsync.infra.log import logger
from examsync.settings import Issuer
from protocol.problems import Code

log = logger(__name__)

DOCUMENT_BYTES_MAX = 262_144
FETCH_S = 5.0
AGAIN_MS = 30_000
"""Between two readings of one issuer's keys, whoever asks."""
FRESH_MS = 600_000
"""Keys are read again after this, so that one that was withdrawn is soon believed no more."""
STALE_MS = 24 * 3_600_000
"""While an issuer does not answer, its last known keys are believed for a day."""


class _Held(Struct):
    """What is known of one issuer. Times in ms; `tried_at` also of readings that failed."""

    issuer: Issuer
    reading: asyncio.Lock
    keys: list[jwks.PublicKey] = []
    read_at: int | None = None
    tried_at: int | None = None


class Issuers:
    """All other issuers whose tokens are believed."""

    def __init__(self, issuers: Sequence[Issuer], clock: Clock, leeway_ms: int) -> None:
        self._held = {each.issuer: _Held(each, asyncio.Lock()) for each in issuers}
        self._clock = clock
        self._leeway_ms = leeway_ms

    def knows(self, token: str) -> bool:
        """Whether a token says that one of them made it."""
        return bool(self._held) and outside.issuer_of(token) in self._held

    def identify(self, token: str, now: int) -> Identity:
        """Whose token it is. Raises ExamError `unauthorized`, `token_expired`; `unavailable` as
        long as its issuer's keys could not be read at all."""
        held = self._held[outside.issuer_of(token)]
        header = outside.header_of(token, held.issuer)
        key = self._key(held, header, now)
        payload = outside.verified(token, key, header, held.issuer)
        return outside.identity_of(payload, held.issuer, now, self._leeway_ms)

    def at_hand(self, token: str) -> bool:
        """Whether nothing has to be read for a token of theirs."""
        held = self._held[outside.issuer_of(token)]
        try:
            header = outside.header_of(token, held.issuer)
        except ExamError:
            return True  # `identify` says so
        return bool(held.issuer.secret or jwks.choose(held.keys, header.kid, header.algorithm))

    async def ready(self, token: str) -> None:
        """Read the keys of its issuer, if they are wanted and it was not done just now."""
        if not self.at_hand(token):
            await self._read(self._held[outside.issuer_of(token)], AGAIN_MS)

    async def refresh(self) -> None:
        """Read what is due. Never fails: what was known is believed for a day."""
        for held in self._held.values():
            if not held.issuer.secret:
                await self._read(held, FRESH_MS if held.keys else AGAIN_MS)

    def _key(self, held: _Held, header: outside.Header, now: int) -> object:
        if held.issuer.secret:
            return held.issuer.secret.encode()
        if held.read_at is None or held.read_at + STALE_MS <= now:
            raise ExamError(
                Code.UNAVAILABLE,
                f"The keys of {held.issuer.issuer} cannot be read just now.",
                retry_after_ms=2_000,
            )
        found = jwks.choose(held.keys, header.kid, header.algorithm)
        if found is None:
            raise refused(f"it was not signed with a key of {held.issuer.issuer}")
        return found.key

    async def _read(self, held: _Held, after_ms: int) -> None:
        """Read the keys unless that was tried less than `after_ms` ago; one at a time."""
        async with held.reading:
            now = self._clock.now()
            if held.tried_at is not None and now - held.tried_at < after_ms:
                return
            held.tried_at = now
            try:
                held.keys = jwks.read(await _document(held.issuer), held.issuer.algorithms)
                held.read_at = now
            except (FetchFailed, jwks.NoKeys, OSError) as error:
                log.warning("keys were not read", issuer=held.issuer.issuer, error=str(error))


async def _document(issuer: Issuer) -> bytes:
    """The key set as it is now. Raises FetchFailed, OSError."""
    if issuer.jwks_url:
        return await fetch(issuer.jwks_url, bytes_max=DOCUMENT_BYTES_MAX, within_s=FETCH_S)
    return await asyncio.to_thread(_file, issuer.jwks_file)


def _file(path: str) -> bytes:
    with Path(path).open("rb") as file:
        found = file.read(DOCUMENT_BYTES_MAX + 1)
    if len(found) > DOCUMENT_BYTES_MAX:
        raise FetchFailed(f"it is longer than {DOCUMENT_BYTES_MAX} bytes")
    return found

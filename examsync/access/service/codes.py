"""Access codes: printed for an exam's candidates, and signed in with.

Who is registered, and whether there is anything to sit, is asked of `Registrations`, which `app`
hands in: exams and attempts lie above this room. All methods raise Unavailable when Postgres is
away.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from examsync.access import code_store
from examsync.access.code import Place, Slip, code_of, hash_of, read_source, shown, source_of, typed
from examsync.access.service.ring import SignedIn, Signer
from examsync.access.service.tries import Tries
from examsync.access.token import TOKEN_LIFE_MS_MAX, Identity, Keys
from examsync.clock import Clock
from examsync.errors import ExamError
from examsync.infra.log import logger
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role

log = logger(__name__)

TOKENS_PER_SLICE = 100
NAMED_MAX = 100
"""Of candidates who are not registered, so many are named in the refusal."""


class Registrations(Protocol):
    """Who is registered where."""

    async def place(self, exam: str, attempt: str) -> Place | None:
        """The place of an attempt; None when it has been removed."""
        ...

    async def places(self, exam: str) -> list[Place]:
        """All places of an exam. Raises ExamError `not_found`."""
        ...


class Codes:
    """The codes of this installation. `tries` bounds guesses in one process."""

    def __init__(
        self,
        pool: Pool,
        keys: Keys,
        clock: Clock,
        *,
        registrations: Registrations,
        life_ms: int,
        tries: Tries,
    ) -> None:
        self._pool, self._keys, self._clock = pool, keys, clock
        self._registrations = registrations
        self._signer = Signer(keys, life_ms)
        self._tries = tries

    # --- printing ---------------------------------------------------------------------------------

    async def places(self, exam: str, candidates: Sequence[str] | None = None) -> list[Place]:
        """The places of these candidates (all for None), by hall, group and candidate.

        Raises ExamError `not_found` for an exam or a candidate that is not there.
        """
        places = await self._registrations.places(exam)
        if candidates is not None:
            named = set(candidates)
            places = [place for place in places if place.candidate in named]
            if missing := sorted(named - {place.candidate for place in places}):
                raise ExamError(
                    Code.NOT_FOUND,
                    f"{len(missing)} of these candidates are not registered for {exam}.",
                    data={"candidates": missing[:NAMED_MAX]},
                )
        return sorted(places, key=lambda place: (place.hall, place.group, place.candidate))

    async def slips(
        self, exam: str, candidates: Sequence[str] | None = None, *, renew: bool = False
    ) -> list[Slip]:
        """The codes of these candidates (all for None): the same every time, unless renewed.

        A code that is renewed is worthless, and what it had signed in is signed out. Raises as
        `places`.
        """
        places = await self.places(exam, candidates)
        making = _Making(self._keys, places, renew=renew)
        made = await code_store.make(
            self._pool,
            exam,
            [place.attempt for place in places],
            making.missing,
            key_id=self._keys.current,
            now=self._clock.now(),
            forget_after=self._clock.now() + TOKEN_LIFE_MS_MAX + self._keys.leeway_ms,
        )
        log.info("slips were made", exam=exam, slips=len(places), renewed=renew)
        return await asyncio.to_thread(making.slips, made)

    async def tokens(
        self, exam: str, candidates: Sequence[str] | None = None, life_ms: int | None = None
    ) -> dict[str, str]:
        """A token for each of these candidates (all for None), for this exam; not to be renewed.

        Raises as `places`.
        """
        places, now = await self.places(exam, candidates), self._clock.now()
        until = now + (life_ms or self._signer.life_ms)
        made = {}
        for number, place in enumerate(places):
            if number % TOKENS_PER_SLICE == 0:
                await asyncio.sleep(0)  # ten thousand signatures take a second
            identity = _identity(place, "", now=now, until=until, since=0)
            made[place.candidate] = self._signer.sign(identity).token
        log.info("tokens were issued", exam=exam, tokens=len(made), life_ms=until - now)
        return made

    # --- signing in -------------------------------------------------------------------------------

    async def sign_in(self, text: str, *, address: str) -> SignedIn:
        """A token for whoever holds the slip: for that candidate, and that exam alone.

        Raises ExamError `unauthorized` for what is no code, or one that was replaced,
        `rate_limited` after too many of these; `not_found` for who is registered no more,
        `exam_not_open` for a draft, `exam_over`.
        """
        now = self._clock.now()
        code = typed(text)
        if code is None:
            raise ExamError(Code.UNAUTHORIZED, "An access code has ten letters and digits.")
        self._tries.charge_code(address, now)
        found = await code_store.find(self._pool, self._hashes(code))
        if found is None:
            raise ExamError(
                Code.UNAUTHORIZED,
                "This code is not known: compare it with your slip, sign by sign.",
            )
        self._tries.refund_code(address)
        if found.nth != found.latest:
            raise ExamError(
                Code.UNAUTHORIZED, "This code has been replaced by a newer one: ask for your slip."
            )
        place = self._to_be_sat(await self._registrations.place(found.exam, found.attempt))
        source = source_of(found.attempt, found.nth)
        until = now + self._signer.life_ms
        return self._signer.sign(_identity(place, source, now=now, until=until, since=now))

    async def renewed(self, who: Identity, now: int, until: int) -> SignedIn:
        """A fresh token for who signed in with a code that still counts. Raises as `sign_in`."""
        named = read_source(who.source)
        assert named is not None, "asked for codes only"
        attempt, nth = named
        if nth != await code_store.latest_of(self._pool, attempt):
            raise ExamError(Code.UNAUTHORIZED, "The code that signed this in has been replaced.")
        (exam,) = who.exams
        place = self._to_be_sat(await self._registrations.place(exam, attempt))
        since = who.signed_in_at
        return self._signer.sign(_identity(place, who.source, now=now, until=until, since=since))

    def _hashes(self, code: str) -> list[str]:
        """Under any key that is still believed: printed slips outlive a change of the secret."""
        return [hash_of(secret, code) for secret in self._keys.all.values()]

    def _to_be_sat(self, place: Place | None) -> Place:
        """The place, if its exam is published and not over, or its results can be seen."""
        if place is None:
            raise ExamError(
                Code.NOT_FOUND, "You are not registered for this exam any more: ask the office."
            )
        if place.status == "draft":
            raise ExamError(
                Code.EXAM_NOT_OPEN,
                "This exam has not been published yet: your code is right, try it again later.",
            )
        if place.status == "archived" or (place.over and not place.released):
            raise ExamError(Code.EXAM_OVER, "Your code is right, but this exam is over.")
        return place


class _Making:
    """Which codes have to be made, once and, after a hash was taken, again."""

    def __init__(self, keys: Keys, places: list[Place], *, renew: bool) -> None:
        self._keys = keys
        self._places = places
        self._renew = renew
        self._wanted: dict[str, int] = {}

    def slips(self, made: dict[str, code_store.Made]) -> list[Slip]:
        return [
            Slip(place, shown(self._code(place, made[place.attempt]))) for place in self._places
        ]

    def _code(self, place: Place, made: code_store.Made) -> str:
        return code_of(self._keys.all[made.key_id], place, made.nth)

    def missing(self, latest: dict[str, code_store.Made]) -> list[tuple[str, str, int]]:
        """(hash, attempt, nth) of what is to be made."""
        secret = self._keys.all[self._keys.current]
        todo = []
        for place in self._places:
            nth = self._next(place.attempt, latest.get(place.attempt))
            if nth is not None:
                todo.append((hash_of(secret, code_of(secret, place, nth)), place.attempt, nth))
        return todo

    def _next(self, attempt: str, made: code_store.Made | None) -> int | None:
        """The number to make next; None when what is there is what is wanted.

        A code whose key is gone can be neither printed nor found: it needs a new one too.
        """
        if attempt in self._wanted:
            if made is not None and made.nth >= self._wanted[attempt]:
                return None
            self._wanted[attempt] += 1
        elif made is None:
            self._wanted[attempt] = 1
        elif self._renew or made.key_id not in self._keys.all:
            self._wanted[attempt] = made.nth + 1
        else:
            return None
        return self._wanted[attempt]


def _identity(place: Place, source: str, *, now: int, until: int, since: int) -> Identity:
    return Identity(
        subject=place.candidate,
        role=Role.CANDIDATE,
        exams=frozenset({place.exam}),
        halls=frozenset(),
        issued_at=now,
        expires_at=until,
        jti="",
        name=place.name,
        source=source,
        signed_in_at=since,
    )

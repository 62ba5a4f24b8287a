"""Webhooks as their owners see them: made, changed, rotated, removed; their deliveries listed."""

import secrets
from collections.abc import Callable, Collection

from msgspec import Struct, structs

from examsync.errors import ExamError
from examsync.events import deliveries
from examsync.events.hook import Hook, Place
from examsync.events.signing import ROTATION_MS, secret_of
from examsync.infra.postgres import Pool, Reader, asking, transaction
from protocol.http_events import Delivery
from protocol.problems import Code

ID_BYTES = 8
WEBHOOKS_MAX = 100
END: Place = (2**62, "")
"""After every delivery: the list begins with the newest."""


class Shown(Struct, frozen=True):
    """A webhook, and its newest secret: whoever is told this keeps it, it is not told again."""

    hook: Hook
    secret: str


class Listed(Struct, frozen=True):
    """Deliveries, and how many there are in all."""

    deliveries: list[Delivery]
    total: int


class Webhooks:
    """The book of webhooks. `refusal`: why an address will not be called, or None."""

    def __init__(
        self,
        pool: Pool,
        now: Callable[[], int],
        key: bytes,
        refusal: Callable[[str], str | None],
    ) -> None:
        self._pool = pool
        self._now = now
        self._key = key
        self._refusal = refusal

    async def make(
        self, url: str, types: Collection[str], exams: Collection[str], *, active: bool, by: str
    ) -> Shown:
        """A new webhook. Raises ExamError BAD_REQUEST (an address we will not call), TOO_MANY;
        Unavailable."""
        self._check(url)
        id_ = f"wh_{secrets.token_hex(ID_BYTES)}"
        made = Hook(
            id_,
            url,
            sorted(set(types)),
            sorted(set(exams)),
            active,
            "",
            1,
            0,
            None,
            None,
            self._now(),
            by,
        )
        async with transaction(self._pool) as connection:
            if len(await deliveries.fetch_webhooks(connection)) >= WEBHOOKS_MAX:
                raise ExamError(Code.TOO_MANY, f"there are {WEBHOOKS_MAX} webhooks; remove one")
            await deliveries.insert_webhook(connection, made)
        return Shown(made, secret_of(self._key, id_, 1))

    async def listed(self) -> list[Hook]:
        """All, the oldest first. Raises Unavailable."""
        with asking():
            return await deliveries.fetch_webhooks(self._pool)

    async def get(self, id_: str) -> Hook:
        """One. Raises ExamError NOT_FOUND; Unavailable."""
        with asking():
            return await found(self._pool, id_)

    async def change(
        self,
        id_: str,
        *,
        url: str | None = None,
        types: Collection[str] | None = None,
        exams: Collection[str] | None = None,
        active: bool | None = None,
    ) -> Hook:
        """Change what is not None. What waits goes to the new address; what happened while it was
        not active is not sent. Raises ExamError NOT_FOUND, BAD_REQUEST; Unavailable."""
        if url is not None:
            self._check(url)
        async with transaction(self._pool) as connection:
            await deliveries.change_webhook(
                connection, id_, url=url, types=types, exams=exams, active=active
            )
            return await found(connection, id_)

    async def rotate(self, id_: str) -> Shown:
        """A new secret; the one before it goes on signing for a day. Raises NOT_FOUND."""
        async with transaction(self._pool) as connection:
            until = self._now() + ROTATION_MS
            await deliveries.rotate_webhook(connection, id_, until)
            hook = await found(connection, id_)
        return Shown(hook, secret_of(self._key, id_, hook.generation))

    async def remove(self, id_: str) -> None:
        """With all that waits for it. Raises ExamError NOT_FOUND; Unavailable."""
        async with transaction(self._pool) as connection:
            if not await deliveries.delete_webhook(connection, id_):
                raise unknown(id_)

    async def deliveries(
        self, id_: str, state: str | None, *, after: Place = END, limit: int
    ) -> Listed:
        """Its deliveries, the newest first. Raises ExamError NOT_FOUND; Unavailable."""
        async with transaction(self._pool) as connection:
            await found(connection, id_)
            part = await deliveries.fetch_deliveries(
                connection, id_, state, after=after, limit=limit
            )
            return Listed(part, await deliveries.count_deliveries(connection, id_, state))

    def _check(self, url: str) -> None:
        """Raises ExamError BAD_REQUEST."""
        why = self._refusal(url)
        if why is not None:
            raise ExamError(Code.BAD_REQUEST, f"this address will not be called: {why}")


async def found(connection: Reader, id_: str) -> Hook:
    """The webhook with this id. Raises ExamError NOT_FOUND."""
    for hook in await deliveries.fetch_webhooks(connection, id_):
        return structs.replace(hook, types=sorted(hook.types), exams=sorted(hook.exams))
    raise unknown(id_)


def unknown(id_: str) -> ExamError:
    """There is none of that name."""
    return ExamError(Code.NOT_FOUND, f"there is no webhook {id_[:64]}")

"""What is proven of a database apart from any server: the audit, with connections and keys of its
own; and erasure, put together from an app's parts (part of `app`; used by the commands `archive`,
`anchor`, `verify`, `erase` and `retain`)."""

import contextlib
import functools
from collections.abc import AsyncIterator

from examsync.app import App
from examsync.attempts import seal
from examsync.attempts.records import PostgresRecords
from examsync.attempts.roll import unseat
from examsync.audit.erasing import Around, Erasing
from examsync.audit.service import Audit, AuditKeys
from examsync.config import Config
from examsync.errors import Unavailable
from examsync.exams import chain
from examsync.exams import store as exam_store
from examsync.infra import keys
from examsync.infra.postgres import connect_pool
from examsync.infra.redis import LineDown
from examsync.results.service.proving import Proving

CONNECTIONS_MAX = 2


@contextlib.asynccontextmanager
async def audit_of(config: Config) -> AsyncIterator[Audit]:
    """The audit of this installation's database. Raises Unavailable."""
    pool = await connect_pool(config.postgres.url, connections_max=CONNECTIONS_MAX)
    try:
        keys = audit_keys(config)
        written = functools.partial(exam_store.written, pool)
        yield Audit(PostgresRecords(pool, keys.chain), written, Proving(pool), keys)
    finally:
        await pool.close()


def audit_keys(config: Config) -> AuditKeys:
    """The keys of chains, archives and anchors, from the one secret they are derived from."""
    secret = config.auth.receipt_secret.encode()
    order, *others = (seal.derive(secret, each) for each in ("order", "archive", "anchor"))
    return AuditKeys(seal.derive(secret, "chain"), chain.key_of(order), *others)


def erasure_of(app: App) -> Erasing:
    """Erasure, with whatever holds copies of what Postgres has."""

    async def changed(exam: str, attempts: list[str]) -> None:
        """Feeds are begun anew, without a trace; who has these attempts in memory reads again."""
        app.wires.seats_changed(attempts)
        await app.news.send()
        feeds = (keys.feed(exam), keys.feed_rows(exam), keys.feed_meta(exam))
        try:
            await app.line.one("UNLINK", *feeds)
        except LineDown as error:
            raise Unavailable(str(error)) from error

    leave = functools.partial(unseat, app.store, app.config.redis.partitions)
    around = Around(leave, changed, app.accounts.sign_out_everywhere)
    return Erasing(app.pool, app.attempts, around)

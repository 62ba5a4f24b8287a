"""What is proven of a database apart from any server: the audit, with connections and keys of its
own (part of `app`; used by the commands `archive`, `anchor` and `verify`)."""

import contextlib
from collections.abc import AsyncIterator

from examsync.attempts import seal
from examsync.attempts.records import PostgresRecords
from examsync.audit.service import Audit, AuditKeys
from examsync.config import Config
from examsync.infra.postgres import connect_pool
from examsync.results.service.proving import Proving

CONNECTIONS_MAX = 2


@contextlib.asynccontextmanager
async def audit_of(config: Config) -> AsyncIterator[Audit]:
    """The audit of this installation's database. Raises Unavailable."""
    pool = await connect_pool(config.postgres.url, connections_max=CONNECTIONS_MAX)
    try:
        keys = audit_keys(config)
        yield Audit(PostgresRecords(pool, keys.chain), Proving(pool), keys)
    finally:
        await pool.close()


def audit_keys(config: Config) -> AuditKeys:
    """The keys of chains, archives and anchors, from the one secret they are derived from."""
    secret = config.auth.receipt_secret.encode()
    return AuditKeys(*(seal.derive(secret, each) for each in ("chain", "archive", "anchor")))

"""What may leave Redis: hashes of older lives, and closed attempts that nobody asks for any more.

Runs slowly beside everything else; if it never ran, only memory would be lost.
"""

import msgspec

from examsync.attempts import scripts
from examsync.attempts.core import Core
from examsync.attempts.ports import Life
from examsync.attempts.store import RedisStore
from examsync.errors import Unavailable
from examsync.infra import keys

SCAN_COUNT = 500
RETIRE_AFTER_MS = 6 * 3_600_000
"""How long a closed attempt stays at hand: for its candidate's last looks, and for regrades."""

_core = msgspec.json.Decoder(Core).decode


class Cleaning:
    """Walks the keys of a partition."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def turn(self, p: int, now: int) -> int:
        """Remove what may go from a partition; how many hashes. Raises Unavailable."""
        life = self._store.life(p)
        if life is None or not await self._store.backlog_clear(p):
            return 0
        removed, cursor = 0, b"0"
        while True:
            scan = ("SCAN", cursor, "MATCH", keys.attempts_pattern(p), "COUNT", SCAN_COUNT)
            ((cursor, names),) = await scripts.ask(self._store.reads, scan)
            removed += await self._page(life, [name.decode() for name in names], now)
            if cursor == b"0":
                return removed

    async def _page(self, life: Life, names: list[str], now: int) -> int:
        old = [name for name in names if keys.epoch_of_attempt(name) < life.epoch]
        if old:
            forget = scripts.FORGET.call([keys.epoch(life.p), *old], [life.text])
            (said,) = await scripts.ask(self._store.reads, forget)
            if said != b"ok":
                raise Unavailable("another life of Redis began")
        return len(old) + await self._retire(life, [n for n in names if n not in set(old)], now)

    async def _retire(self, life: Life, names: list[str], now: int) -> int:
        fields = [("HMGET", name, "core", "head", "durable") for name in names]
        if not fields:
            return 0
        commands = []
        for name, (core, head, durable) in zip(
            names, await scripts.ask(self._store.reads, *fields), strict=True
        ):
            if core is not None and _over(_core(core), now) and _whole(life, head, durable):
                commands.append(scripts.RETIRE.call([keys.epoch(life.p), name], [life.text, head]))
        if not commands:
            return 0
        said = await scripts.ask(self._store.reads, *commands)
        return sum(reply == b"ok" for reply in said)


def _over(core: Core, now: int) -> bool:
    return core.closed_at is not None and core.closed_at + RETIRE_AFTER_MS < now


def _whole(life: Life, head: bytes, durable: bytes) -> bool:
    """Whether everything up to the head is in Postgres, in this epoch."""
    n = head.split(b":")[0]
    return durable == b"%d:%s" % (life.epoch, n)

"""Which life of Redis' data we speak to: asked on every new connection, before anything else.

The epoch key of a partition holds (epoch, run_id, end of the older log). Another run_id, or no
key, means that data may be missing or old: a new epoch is claimed in Postgres, once per run_id,
and set here. Whoever still has the older life in mind is refused by every script.
"""

from collections.abc import Awaitable, Callable

from examsync.attempts import scripts
from examsync.attempts.ports import Life, Records
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.redis import Line, LineDown, Reply

Call = Callable[..., Awaitable[list[Reply]]]

CLAIMS_MAX = 5
"""Redis may remember a later epoch than Postgres knows: then one later still is claimed."""


class Lives:
    """The lives of all partitions, as this process last saw them."""

    def __init__(self, partitions: int, records: Records) -> None:
        self._partitions = partitions
        self._records = records
        self._lives: dict[int, Life] = {}
        self._last: dict[int, int] = {}
        self.listeners: list[Callable[[Life], None]] = []
        """Called when a partition is found to be in another epoch than this process knew."""

    def get(self, p: int) -> Life | None:
        """The life of a partition; None before the first connection."""
        return self._lives.get(p)

    def doubt(self) -> None:
        """Somebody was told that the life is another: forget, and ask again when next needed."""
        self._lives.clear()

    def _found(self, life: Life) -> None:
        self._lives[life.p] = life
        was = self._last.get(life.p)
        self._last[life.p] = life.epoch
        if was is not None and was != life.epoch:
            for listener in self.listeners:
                listener(life)

    async def greet(self, line: Line) -> None:
        """The greeting of a new connection: load the scripts, learn or begin the lives.

        Raises Unavailable if a new epoch is needed and Postgres cannot be asked.
        """
        epochs = [("GET", keys.epoch(p)) for p in range(self._partitions)]
        loads = [script.load() for script in scripts.ALL]
        replies = await line.exchange(("INFO", "server"), *epochs, *loads)
        run_id = run_id_of(checked(replies[0]))
        for p, raw in enumerate(replies[1 : 1 + self._partitions]):
            self._found(await self._of(line.exchange, p, raw, run_id))

    async def renew(self, line: Line, p: int, above: int) -> None:
        """Claim an epoch later than `above` for the Redis behind this line."""
        try:
            run_id = run_id_of(checked((await line.call(("INFO", "server")))[0]))
            self._found(await self._begin(line.call, p, run_id, above))
        except LineDown as error:
            raise Unavailable(str(error)) from error

    async def refresh(self, line: Line) -> None:
        """Learn the lives again, on a connection that may have stood all along."""
        try:
            gets = [("GET", keys.epoch(p)) for p in range(self._partitions)]
            replies = await line.call(("INFO", "server"), *gets)
            run_id = run_id_of(checked(replies[0]))
            for p, raw in enumerate(replies[1:]):
                self._found(await self._of(line.call, p, raw, run_id))
        except LineDown as error:
            raise Unavailable(str(error)) from error

    async def _of(self, call: Call, p: int, raw: Reply, run_id: str) -> Life:
        """The life that a partition's key tells of, if it is this server's; else a new one."""
        life = parse(p, checked(raw))
        if life is None:
            return await self._emptied(call, p, run_id)
        if life.run_id != run_id:
            return await self._begin(call, p, run_id, life.epoch)
        return life

    async def _emptied(self, call: Call, p: int, run_id: str) -> Life:
        """The key is missing: a new server, or one that was emptied while it ran.

        The run_id cannot tell these apart, so an epoch that was claimed for it before counts only
        if somebody else is setting it at this moment.
        """
        epoch, fresh = await self._records.claim(p, run_id, 0)
        if not fresh:
            life = parse(p, checked((await call(("GET", keys.epoch(p))))[0]))
            if life is not None and life.run_id == run_id:
                return life
            return await self._begin(call, p, run_id, epoch)
        return await self._set(call, p, run_id, epoch) or await self._begin(call, p, run_id, epoch)

    async def _begin(self, call: Call, p: int, run_id: str, above: int) -> Life:
        """Claim an epoch later than `above` and set it, unless somebody was faster."""
        for _ in range(CLAIMS_MAX):
            epoch, _fresh = await self._records.claim(p, run_id, above)
            life = await self._set(call, p, run_id, epoch)
            if life is not None:
                return life
            above = epoch
        raise Unavailable(f"no epoch could be claimed for partition {p}")

    async def _set(self, call: Call, p: int, run_id: str, epoch: int) -> Life | None:
        """Set the key unless it holds a later epoch; the life there is, if it is this server's."""
        names = [keys.epoch(p), keys.log(p)]
        life = parse(p, checked((await call(scripts.BEGIN.call(names, [epoch, run_id])))[0]))
        return life if life is not None and life.run_id == run_id else None


def parse(p: int, raw: bytes | None) -> Life | None:
    """The epoch key's value; None if there is none."""
    if raw is None:
        return None
    epoch, run_id, backlog, began_at = raw.decode().split(":")
    return Life(p, int(epoch), run_id, backlog, int(began_at))


def run_id_of(info: bytes) -> str:
    """The server's run_id in the reply to INFO."""
    for line in info.decode().splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:").strip()
    raise Unavailable("INFO told no run_id")


def checked(reply: Reply) -> Reply:
    """The reply, unless it is an error. Raises Unavailable."""
    if isinstance(reply, Exception):
        raise Unavailable(str(reply)) from reply
    return reply

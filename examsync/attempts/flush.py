"""The flush: from the log into Postgres, every fact after the one it builds on, then the log's
entries are acknowledged. Any number of flushers may compete, pause, die or repeat.

`place` decides (pure); `Flusher` reads, commits, and only then finishes.
"""

from collections.abc import Callable

from msgspec import structs

from examsync.attempts.core import core_after
from examsync.attempts.ports import Batch, Entry, Placement, Records, Row, Store
from protocol.facts import Fact, Rev

BATCH_MAX = 500
"""Facts handed to a flusher at a time, and so in one commit, unless the settings say otherwise:
enough to share its fsync, few enough to finish in a blink."""


def place(rows: dict[str, Row], batch: Batch, logged: set[str] | None = None) -> Placement:
    """What to do with each fact of a batch, given its attempts' rows.

    A fact enters the chain only on the fact it builds on. Facts of an older epoch than the row
    are kept as branches; facts whose predecessor is still under way wait. `logged`, if given, is
    what the log held before the batch was read: of a fact that was there already, a predecessor
    that was not and is not in Postgres will never come, so it and what follows it are branches.
    """
    placement = Placement([], [], [], [], {}, {})
    now = dict(rows)
    stuck = list(batch.entries)
    while True:
        left = [entry for entry in stuck if not _place_one(entry, now, placement)]
        if len(left) == len(stuck):
            break
        stuck = left
    coming = set(logged or ())
    for entry in left:
        if _orphaned(entry.fact, rows, logged, coming):
            _aside(entry, placement)
            coming.discard(entry.fact.hash)
        else:
            placement.waiting.append(entry)
    placement.rows.update({f.attempt: now[f.attempt] for f in placement.main})
    return structs.replace(
        placement, durable=_durable(now, batch.life.epoch), later=_later(now, batch)
    )


def _place_one(entry: Entry, now: dict[str, Row], placement: Placement) -> bool:
    """Put one fact where it belongs, if that can be said now."""
    fact, row = entry.fact, now.get(entry.fact.attempt)
    if row is None:
        return False  # not registered here: a Postgres that has lost data; nothing may be dropped
    if fact.epoch >= row.epoch and fact.prev == row.head and fact.n == row.n + 1:
        core = core_after(row.core, fact)
        now[fact.attempt] = structs.replace(
            row, epoch=fact.epoch, n=fact.n, head=fact.hash, core=core
        )
        placement.main.append(fact)
        placement.done.append(entry)
        return True
    if fact.epoch < row.epoch or fact.n <= row.n:
        # A repeat of what is in the chain changes nothing when it is stored again.
        _aside(entry, placement)
        return True
    return False


def _aside(entry: Entry, placement: Placement) -> None:
    placement.branches.append(entry.fact)
    placement.done.append(entry)


def _orphaned(fact: Fact, rows: dict[str, Row], logged: set[str] | None, coming: set[str]) -> bool:
    """Whether the fact that this one builds on will never come.

    A fact that entered the log after `logged` was read may have its predecessor there since then,
    in the hands of another flusher: of that nothing can be said yet.
    """
    if logged is None or fact.hash not in logged or fact.attempt not in rows:
        return False
    return fact.prev not in coming


def _durable(now: dict[str, Row], epoch: int) -> dict[str, Rev]:
    """Up to which fact each attempt of the present epoch is in Postgres, once this is committed.

    Told for repeats too: whoever committed them may have died before saying so.
    """
    return {id_: (row.epoch, row.n) for id_, row in now.items() if row.epoch == epoch}


def _later(now: dict[str, Row], batch: Batch) -> int:
    """An epoch in Postgres later than the present one of facts just written, or 0."""
    present = {e.fact.attempt for e in batch.entries if e.fact.epoch == batch.life.epoch}
    epochs = [now[id_].epoch for id_ in present if id_ in now]
    return max((epoch for epoch in epochs if epoch > batch.life.epoch), default=0)


class Flusher:
    """Empties the logs of all partitions into Postgres."""

    def __init__(
        self,
        store: Store,
        records: Records,
        consumer: str,
        told: Callable[[dict[str, Rev], list[Fact]], None],
        changed: Callable[[list[tuple[str, str]]], None] = lambda attempts: None,
        *,
        batch_max: int = BATCH_MAX,
    ) -> None:
        """`told` hears what became durable, `changed` of which (attempt, exam) rows changed: of
        repeats too, for whoever committed them may have died before saying so."""
        self._store = store
        self._records = records
        self._consumer = consumer
        self._told = told
        self._changed = changed
        self.batch_max = batch_max
        self._waited: dict[int, bool] = {}

    async def turn(self, p: int) -> int:
        """Flush one batch of a partition; how many entries left the log.

        Raises Unavailable: nothing, or something that will be repeated without harm, was done.
        """
        logged = await self._store.log_hashes(p) if self._waited.get(p) else None
        batch = await self._store.read(p, self._consumer, self.batch_max)
        if not batch.entries:
            self._waited[p] = False
            return 0
        placement, exams = await self._commit(batch, logged)
        self._changed([(id_, exam) for id_, exam in exams.items()])
        self._waited[p] = bool(placement.waiting)
        if placement.later:
            # Two primaries: Postgres was told of a later life, so ours has to be later still. This
            # comes before the entries leave the log: who dies in between has forgotten nothing.
            await self._store.renew(p, placement.later, flushing=True)
            return 0
        if placement.done:
            durable = placement.durable
            if await self._store.finish(p, batch, placement.done, durable):
                self._told(durable, placement.main)
        return len(placement.done)

    async def _commit(
        self, batch: Batch, logged: set[str] | None
    ) -> tuple[Placement, dict[str, str]]:
        """What was done with the batch, and the exams of attempts whose facts are in Postgres."""
        ids = sorted({entry.fact.attempt for entry in batch.entries})
        writing = await self._records.begin(ids)
        try:
            placement = place(writing.rows, batch, logged)
        except BaseException:
            await writing.abort()
            raise
        await writing.commit(placement)
        done = {entry.fact.attempt for entry in placement.done}
        return placement, {id_: row.exam for id_, row in writing.rows.items() if id_ in done}

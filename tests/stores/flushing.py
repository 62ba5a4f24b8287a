"""Flushing a shelf: flushers, half a flush, and whether Postgres has what it should."""

from examsync.attempts.attempt import Attempt
from examsync.attempts.flush import Flusher, place
from examsync.attempts.ports import Batch, Placement
from protocol.facts import Body, Fact, Rev
from tests.builders import granted, kept, paused, resumed, saved, started, submitted
from tests.stores.shelf import Shelf

Told = list[tuple[dict[str, Rev], list[Fact]]]
"""What a flusher told: what became durable, and the facts."""

EVERYTHING: list[Body] = [
    granted(),
    started(),
    saved("q5", 1),
    paused(3),
    resumed(4),
    saved("q5", 2, "Hg"),
    kept("q4", 3),
    submitted(),
]


def flusher(shelf: Shelf, name: str = "f1", told: Told | None = None, limit: int = 500) -> Flusher:
    """A flusher of this process."""
    said: Told = [] if told is None else told
    return Flusher(
        shelf.store, shelf.records, name, lambda d, f: said.append((d, f)), batch_max=limit
    )


async def row(shelf: Shelf, id_: str) -> dict[str, object]:
    """An attempt's row."""
    found = await shelf.pool.fetchrow("SELECT * FROM attempts WHERE id = $1", id_)
    assert found is not None
    return dict(found)


async def same_in_postgres(shelf: Shelf, attempt: Attempt) -> bool:
    """Whether Postgres has exactly this, and could bring it back."""
    again = await shelf.records.rebuild(attempt.id, attempt.epoch)
    assert again is not None
    pairs = [(again.rev, attempt.rev), (again.head, attempt.head), (again.core, attempt.core)]
    pairs += [(again.responses, attempt.responses), (again.commands, attempt.commands)]
    return all(one == other for one, other in pairs)


async def commit_only(shelf: Shelf, batch: Batch) -> Placement:
    """A flush that ends before it tells Redis."""
    writing = await shelf.records.begin(sorted({e.fact.attempt for e in batch.entries}))
    placement = place(writing.rows, batch)
    await writing.commit(placement)
    return placement

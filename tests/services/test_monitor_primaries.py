"""Two primaries: what was told to the old one is right on the new one, when the old one is gone."""

import pytest

from examsync.devstack import Valkey
from protocol.facts import Started
from tests.services.monitors import ledger, newcomer, now, running, until, whole
from tests.stores.primaries import Address, address, at, other
from tests.unit.monitor.scene import EXAM

pytestmark = pytest.mark.faults
__all__ = ["address", "other"]


async def test_what_was_told_to_an_old_primary_is_told_again(
    address: Address, valkey: Valkey, other: Valkey
) -> None:
    """Its feed was filled before that, by others, and nobody else has anything to tell."""
    book = ledger("a1", "a2")
    newer = at(valkey, other.port)
    async with running(address.url, book) as one, running(newer, book, "web-2") as two:
        before, _ = await one.watch()
        await until(lambda: whole(before))
        address.target = other
        after, _ = await two.watch()
        await until(lambda: whole(after))
        started = await one.tell(newcomer("a1"), Started("s1", now()), flush=False)
        book.flush(started)
        await until(lambda: before.board.rows["a1"].rev == started.rev)
        assert after.board.rows["a1"].rev < started.rev
        valkey.kill()
        await until(lambda: after.board.rows == book.rows())
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        await until(lambda: "a1" in after.board.connections)

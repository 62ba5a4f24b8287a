"""Two primaries: new connections find the new one; the old one lives on for who speaks to it."""

from collections.abc import AsyncIterator

import pytest

from examsync.devstack import Valkey
from examsync.monitor.store import FeedStore
from tests.stores.feeds import begun, tell
from tests.stores.primaries import Address, address, at, other
from tests.unit.monitor.scene import EXAM, row_of

pytestmark = pytest.mark.faults
__all__ = ["address", "other"]


@pytest.fixture
async def store(address: Address) -> AsyncIterator[FeedStore]:
    found = FeedStore(address.url, block_ms=20)
    yield found
    await found.close()


async def test_a_feed_of_the_same_name_on_another_server_is_another(
    store: FeedStore, address: Address, valkey: Valkey, other: Valkey
) -> None:
    """A replica that was promoted has the feed, as it was a moment ago: it may not be taken for
    the one that whoever asks knows of."""
    await begun(store)
    await tell(store, row_of())
    copy = FeedStore(at(valkey, other.port))
    await copy.begin(EXAM, "", "g1")
    await copy.close()
    address.target = other
    standing = await store.standing(EXAM)
    assert standing is not None
    assert (standing.meta.generation, standing.meta.here) == ("g1", False)


async def test_when_one_line_finds_another_server_all_go_there(
    store: FeedStore, address: Address, other: Valkey
) -> None:
    await begun(store)
    first = store.run_id
    heard = (await store.hear({EXAM: 0}))[EXAM]
    assert heard.meta is not None
    assert heard.meta.here
    address.target = other
    assert await store.generations([EXAM]) == ["g1"]
    assert store.run_id == first  # nothing made it look
    assert await store.standing(EXAM) is None  # a new line, to the new server
    assert await store.generations([EXAM]) == [None]
    assert store.run_id != first
    assert (await store.hear({EXAM: 0}))[EXAM].meta is None

"""A feed on a real Valkey, for the store's tests."""

from collections.abc import AsyncIterator, Iterator

import pytest
import redis

from examsync.monitor.feed import Answer, Standing, Telling
from examsync.monitor.piece import Piece, stored
from examsync.monitor.store import FeedStore
from tests.unit.monitor.scene import EXAM, NOW


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[FeedStore]:
    found = FeedStore(redis_url, block_ms=50)
    yield found
    await found.close()


@pytest.fixture
def server(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


async def begun(store: FeedStore, generation: str = "g1") -> str:
    await store.meta(EXAM)  # so that the server is known
    return await store.begin(EXAM, "", generation)


async def tell(store: FeedStore, *pieces: Piece) -> Answer | None:
    (answer,) = await store.tell([Telling(EXAM, pieces, NOW)])
    return answer


async def standing(store: FeedStore) -> Standing:
    found = await store.standing(EXAM)
    assert found is not None
    return found


async def pieces(store: FeedStore) -> list[Piece]:
    return [stored(each) for each in (await standing(store)).values]


async def bodies(store: FeedStore) -> set[bytes]:
    return {piece.body for piece in await pieces(store)}

"""Apps without loops for tests of services: `built`, and `other` beside it on the same servers."""

from collections.abc import AsyncIterator, Iterator

import pytest
import redis

from tests.services.calling import Caller
from tests.services.installation import App, config, opened


@pytest.fixture
async def built(redis_url: str, database_url: str) -> AsyncIterator[App]:
    """An App that knows the time, and runs nothing by itself."""
    async with opened(config(redis_url, database_url)) as built:
        yield built


@pytest.fixture
async def other(built: App) -> AsyncIterator[App]:
    """Another process, as far as the servers can tell."""
    async with opened(built.config) as other:
        yield other


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A plain client of the same Redis."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def call(redis_url: str, database_url: str) -> Caller:
    """`examsync ...` on the same servers."""
    return Caller(redis_url, database_url)

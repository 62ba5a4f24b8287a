"""Apps for tests of services, a plain client of their Redis, and commands on the same servers."""

from collections.abc import Iterator

import pytest
import redis

from tests.services.apps import built, flushing, other
from tests.services.calling import Caller

__all__ = ["built", "call", "client", "flushing", "other"]


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A plain client of the same Redis."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def call(redis_url: str, database_url: str) -> Caller:
    """`examsync ...` on the same servers."""
    return Caller(redis_url, database_url)

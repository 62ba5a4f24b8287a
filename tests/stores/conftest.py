"""An App without loops for tests of stores, and a plain client of its Redis."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as aioredis

from tests.services.installation import App, config, opened


@pytest.fixture
async def built(redis_url: str, database_url: str) -> AsyncIterator[App]:
    """An App that knows the time, and runs nothing by itself."""
    async with opened(config(redis_url, database_url)) as built:
        yield built


@pytest.fixture
async def raw(redis_url: str) -> AsyncIterator[Any]:
    """A client of the same Redis."""
    async with aioredis.Redis.from_url(redis_url) as raw:
        yield raw

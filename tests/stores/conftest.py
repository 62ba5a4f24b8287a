"""An App without loops for tests of stores, and a plain client of its Redis."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as aioredis

from tests.services.apps import built

__all__ = ["built", "raw"]


@pytest.fixture
async def raw(redis_url: str) -> AsyncIterator[Any]:
    """A client of the same Redis."""
    async with aioredis.Redis.from_url(redis_url) as raw:
        yield raw

"""Fixtures: Apps on the servers of a test. For tests of services and of stores."""

from collections.abc import AsyncIterator

import pytest

from tests.services.installation import App, config, opened, running


@pytest.fixture
async def built(redis_url: str, database_url: str) -> AsyncIterator[App]:
    """An App that knows the time, and runs nothing by itself."""
    async with opened(config(redis_url, database_url)) as built:
        yield built


@pytest.fixture
async def other(built: App) -> AsyncIterator[App]:
    """Another process beside `built`, as far as the servers can tell."""
    async with opened(built.config) as other:
        yield other


@pytest.fixture
async def flushing(redis_url: str, database_url: str) -> AsyncIterator[App]:
    """An App whose loops run: it flushes and grades."""
    async with running(config(redis_url, database_url), work=True) as built:
        yield built

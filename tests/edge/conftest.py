"""Houses and clients for the tests of this folder."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.edge.calling import calling
from tests.edge.house import House
from tests.edge.rooms_to_let import enter, house, let, open_raw, pytest_generate_tests, way

__all__ = ["enter", "house", "let", "open_raw", "pytest_generate_tests", "root", "way"]


@pytest.fixture
async def root(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's client."""
    async with calling(house) as client:
        yield client

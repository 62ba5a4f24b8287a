"""A second process on the servers of a house: an app and doors of its own, without the sweep."""

import contextlib
from collections.abc import AsyncIterator

from examsync import starting, web
from tests.edge.house import House, served


@contextlib.asynccontextmanager
async def twin(house: House) -> AsyncIterator[House]:
    """It, open; it drains and stops when left."""
    async with starting.started(house.app.config, work=False) as built:
        front = web.front_of(built)
        built.loops.every("sockets", 0.1, front.look)
        async with served(built, front) as second:
            yield second

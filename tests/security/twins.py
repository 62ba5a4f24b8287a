"""A second process on the servers of a house: an app and doors of its own, without the sweep."""

import contextlib
from collections.abc import AsyncIterator

from examsync import app, web
from tests.edge.house import House, served


@contextlib.asynccontextmanager
async def twin(house: House) -> AsyncIterator[House]:
    """It, open; it drains and stops when left."""
    built = await app.build(house.app.config)
    try:
        await built.start(work=False)
        front = web.front_of(built)
        built.loops.every("sockets", 0.1, front.look)
        async with served(built, front) as second:
            yield second
    finally:
        await built.stop()

"""What the REST peer stored, read back from its table."""

import asyncio

import asyncpg
import msgspec

from loadtest.bench.house import House
from loadtest.bench.sitting import Sitting, Stored
from protocol.http import ExportedResponse

READ = "SELECT candidate, item, seq, response FROM bench_answers WHERE exam = $1"


def stored(house: House, sitting: Sitting) -> Stored:
    """The responses of an exam, by candidate and item."""
    return asyncio.run(_read(house.database_url, sitting.exam))


async def _read(url: str, exam: str) -> Stored:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(READ, exam)
    finally:
        await connection.close()
    found: dict[str, dict[str, ExportedResponse]] = {}
    for row in rows:
        response = msgspec.json.decode(row["response"])
        held = ExportedResponse(response, "", row["seq"], 0)
        found.setdefault(row["candidate"], {})[row["item"]] = held
    return found

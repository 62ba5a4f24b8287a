"""Candidates who have sat and were graded, for tests of results over HTTP."""

import asyncio
from typing import Any

import httpx

from tests import papers
from tests.edge.house import EXAM, READY_S, House, attempt_of
from tests.edge.rooms_to_let import Enter
from tests.services.sittings import ESSAY

RIGHT = {"q3": True, "q6": ESSAY}
assert RIGHT.keys() <= {item.id for item in papers.paper().items()}


async def sat(
    house: House, enter: Enter, answers: dict[str, Any], hall: str = "hall-1"
) -> tuple[str, str]:
    """Somebody new who answers and hands in: who, and the attempt."""
    who = await house.candidate(hall)
    client = await enter(house, who)
    await client.start()
    for seq, (item, response) in enumerate(answers.items(), start=1):
        await client.answer(seq, response, item)
    await client.ok("submit", {"id": client.id("submit"), "holds": {}})
    return who, attempt_of(who)


async def row_of(client: httpx.AsyncClient, attempt: str) -> Any:
    """The row of an attempt in the table of results."""
    rows = (await client.get(f"/admin/exams/{EXAM}/results")).json()
    (row,) = [row for row in rows if row["attempt"] == attempt]
    return row


async def graded(client: httpx.AsyncClient, attempt: str, grading: str = "graded") -> Any:
    """The row, as soon as its marks are so far; a TimeoutError if they never are."""
    async with asyncio.timeout(READY_S):
        while True:
            row = await row_of(client, attempt)
            if row["grading"] == grading and "whole" in row:
                return row
            await asyncio.sleep(0.05)

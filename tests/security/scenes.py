"""Two exams at work and an office around them: what the matrix tests aim at, and all its state."""

import asyncio
import itertools
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from tests.edge.calling import calling
from tests.edge.clients import Client
from tests.edge.grading import graded
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.security.matrix import Row, filled
from tests.services.sittings import ESSAY

NUMBERS = itertools.count(1)
SETTLED_S = 0.25
"""Longer than the flush of these tests takes to come round twice."""


class Scene(Struct, frozen=True):
    """What there is to aim at. `clients` are connected candidates."""

    house: House
    office: dict[str, str]
    clients: dict[str, Client]

    def at(self, candidate: str, exam: str = EXAM, **other: str) -> dict[str, str]:
        """What a request aims at, for `matrix.filled`."""
        own = {"exam": exam, "candidate": candidate, "attempt": attempt_of(candidate, exam)}
        return {**self.office, **own, **other, "unique": f"u-{next(NUMBERS)}"}


async def staged(house: House) -> Scene:
    """In exam-1 asha (hall-1) and mina (hall-2) have handed in and wait for marks, ravi works and
    has a hand up; omar works in exam-2. The office has an account, a key, a webhook, a bank."""
    clients = {name: await working(house, name) for name in ("asha", "ravi", "mina")}
    clients["omar"] = await working(house, "omar", OTHER_EXAM)
    await clients["ravi"].ok("raise_hand", {"id": "hand-1"})
    for name in ("asha", "mina"):
        await clients[name].ok("submit", {"id": f"submit-{name}", "holds": {}})
    async with calling(house) as root:
        for name in ("asha", "mina"):
            await graded(root, attempt_of(name), "pending")
        office = await furnished(root)
    return Scene(house, office, clients)


async def working(house: House, who: str, exam: str = EXAM) -> Client:
    """Somebody who has answered, and can be marked."""
    exams = frozenset({exam})
    client = await Client(house, who).connect(exams=exams)
    await client.join(exam)
    await client.ok("start", {"id": f"start-{who}"})
    await client.answer(1)
    await client.answer(2, ESSAY, "q6")
    return client


async def furnished(root: httpx.AsyncClient) -> dict[str, str]:
    """One of each thing that only admins may touch; their ids."""
    questions = b"type,question,answer\nshort_text,What is theirs?,nothing\n"
    await root.post("/admin/banks/theirs/import?commit=true", content=questions)
    said: Any = {"login": "theirs", "role": "examiner", "id": "theirs", "exams": [EXAM]}
    await root.post("/admin/accounts", json=said)
    said = {"name": "theirs", "role": "examiner", "exams": [EXAM]}
    key = (await root.post("/admin/keys", json=said)).json()
    said = {"url": "https://theirs.example/hook", "types": ["attempt.closed"], "active": False}
    hook = (await root.post("/admin/webhooks", json=said)).json()
    made = {"account": "theirs", "key": key["id"], "webhook": hook["id"]}
    return {**made, "bank": "theirs", "paper": "paper-1"}


async def struck(scene: Scene) -> None:
    """Leave."""
    for client in scene.clients.values():
        await client.leave()


async def sent(
    client: httpx.AsyncClient, key: tuple[str, str], row: Row, aim: dict[str, str]
) -> httpx.Response:
    """A request of the matrix, aimed."""
    method, path = key
    body = filled(row.body, aim)
    content = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    url = filled(path + row.query, aim)
    return await client.request(method, url, content=b"" if body is None else content)


# --- all there is ---------------------------------------------------------------------------------


async def state(house: House, *, but: str = "") -> dict[str, Any]:
    """Every row of every table, every attempt as Redis confirms it, once nothing changes or waits
    to be told; without what is about candidate `but`."""
    before = await _state(house, but)
    async with asyncio.timeout(10):
        while True:
            await asyncio.sleep(SETTLED_S)
            after = await _state(house, but)
            if after == before and not (after["outbox"] or after["event_outbox"]):
                return after
            before = after


async def _state(house: House, but: str) -> dict[str, Any]:
    pool = house.app.pool
    own = (attempt_of(but), f'"{but}"', f",{but},") if but else ()
    tables = await pool.fetch(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    found: dict[str, Any] = {}
    for name in (table["name"] for table in tables):
        rows = await pool.fetch(f'SELECT t::text AS said FROM "{name}" t ORDER BY 1')
        found[name] = [r["said"] for r in rows if not any(each in r["said"] for each in own)]
    for row in await pool.fetch("SELECT id FROM attempts ORDER BY id"):
        attempt = (await house.app.attempts.view(row["id"])).attempt
        assert attempt is not None
        if row["id"] not in own:
            found[row["id"]] = msgspec.structs.replace(attempt, durable=(0, 0))
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Which tables and attempts are not what they were."""
    return [name for name in {*before, *after} if before.get(name) != after.get(name)]

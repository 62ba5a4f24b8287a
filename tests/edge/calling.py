"""HTTP clients for tests of the API: an admin's, or anybody's with a token."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from examsync.bank import service as bank
from protocol.types import Role
from tests.edge.house import HOUR_MS, House


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    told = response.json()
    assert told["status"] == response.status_code
    return response.status_code, told["code"]


def detail(response: httpx.Response) -> str:
    """What a problem says."""
    problem(response)
    said: str = response.json()["detail"]
    return said


@contextlib.asynccontextmanager
async def calling(
    house: House, subject: str = "root", role: Role = Role.ADMIN, **changes: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a token of its own."""
    headers = {"authorization": f"Bearer {house.token(subject, role, **changes)}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        yield client


async def made_exam(root: httpx.AsyncClient, house: House, exam: str, **changes: Any) -> Any:
    """An exam, as a draft, of a paper made of the template's questions; its view."""
    questions = await root.post(
        f"/admin/banks/b-{exam}/import?commit=true", content=bank.template()
    )
    assert questions.json()["committed"] is True
    paper = {"title": "A paper", "bank": f"b-{exam}", "paper": f"p-{exam}", "limit": 3}
    assert (await root.post("/admin/papers", json=paper)).status_code == 201
    now = house.app.clock.now()
    terms = {
        "exam": exam,
        "title": f"Exam {exam}",
        "paper": f"p-{exam}",
        "opens_at": now - 1_000,
        "window_end": now + HOUR_MS,
        "closes_at": now + 2 * HOUR_MS,
        "duration_ms": HOUR_MS // 2,
    }
    response = await root.post("/admin/exams", json={**terms, **changes})
    assert response.status_code == 201, response.text
    return response.json()

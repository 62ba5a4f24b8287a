"""What tests of who comes in over HTTP share: clients with a bearer, problems, passwords."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from protocol.types import Role
from tests.edge.house import House

PASSWORD = "correct horse battery"


@contextlib.asynccontextmanager
async def client(house: House, bearer: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows this token or key; none if it has none."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as http:
        yield http


@contextlib.asynccontextmanager
async def admin(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """The client of an admin whose token was issued."""
    async with client(house, house.token("root", Role.ADMIN)) as http:
        yield http


async def me(house: House, bearer: str) -> int:
    """The status that a bearer meets at `GET /me`."""
    async with client(house, bearer) as http:
        return (await http.get("/me")).status_code


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, response.json()["code"]


async def account(root: httpx.AsyncClient, login: str, role: str, **more: Any) -> Any:
    """An account that was just made."""
    said = {"login": login, "role": role, "password": PASSWORD, **more}
    made = await root.post("/admin/accounts", json=said)
    assert made.status_code == 201, made.text
    return made.json()


async def signed_in(house: House, login: str, password: str = PASSWORD) -> str:
    """A token for a login and a password."""
    async with client(house) as http:
        said = await http.post("/sign-in", json={"login": login, "password": password})
        assert said.status_code == 200, said.text
        token: str = said.json()["token"]
        return token

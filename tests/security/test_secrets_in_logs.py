"""Passwords, codes, keys and tokens are in no log line, whatever is done with them (E15)."""

import contextlib
import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from socketio.exceptions import SocketIOError as SocketError

from examsync.access.key import key_text
from examsync.infra import log
from examsync.settings import Log, LogFormat, LogLevel
from tests.edge.clients import Client
from tests.edge.house import EXAM, House
from tests.edge.offices import account, admin, client
from tests.services import idp

GIVEN = "a password that was given"


async def everything(house: House) -> list[str]:
    """Do all there is to do with secrets, rightly and wrongly; the secrets."""
    async with admin(house) as root:
        slips = (await root.post(f"/admin/exams/{EXAM}/slips", json={})).json()["items"]
        tokens = (await root.post(f"/admin/exams/{EXAM}/tokens", json={})).json()["tokens"]
        key = (await root.post("/admin/keys", json={"name": "k", "role": "admin"})).json()
        made_up = (
            await root.post("/admin/accounts", json={"login": "m", "role": "candidate"})
        ).json()["password"]
        await account(root, "given", "candidate", password=GIVEN)
        issued = root.headers["authorization"].removeprefix("Bearer ")
        renewed = await root.post(f"/admin/exams/{EXAM}/slips", json={"renew": True})
    codes = [one["code"] for one in (*slips, *renewed.json()["items"])]
    secrets = [*codes, *tokens.values(), key["key"], made_up, GIVEN, issued]
    async with client(house) as http:
        for code in codes[:2] + codes[-2:]:
            said = await http.post("/sign-in/code", json={"code": code})
            secrets.append(said.json().get("token", code))
        said = await http.post("/sign-in", json={"login": "given", "password": GIVEN})
        secrets.append(said.json()["token"])
        await http.post("/sign-in", json={"login": "given", "password": GIVEN + "x"})
    for bearer in (*secrets, idp.token(idp.claims(house.app.clock.now()))):
        async with client(house, bearer) as http:
            for path in ("/me", "/admin/accounts", f"/admin/exams/{EXAM}/export", "/metrics"):
                await http.get(path)
            await http.post("/sign-in/renew")
            await http.post("/my/password", json={"old": GIVEN, "new": made_up})
        socket = Client(house, "asha")
        with contextlib.suppress(SocketError):
            await socket.connect(token=bearer)
        await socket.leave()
    async with admin(house) as root:
        await root.delete(f"/admin/keys/{key['id']}")
    return secrets


@pytest.fixture
def page() -> Iterator[io.StringIO]:
    """What is logged, as a process in production logs it, at the most talkative level."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    page = io.StringIO()
    log.configure(Log(LogLevel.DEBUG, LogFormat.JSON), page)
    yield page
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level


async def test_no_secret_is_logged(house: House, page: io.StringIO) -> None:
    secrets = await everything(house)
    assert len(secrets) > 10
    text = page.getvalue()
    assert "slips were made" in text
    bare = {secret.replace("-", "") for secret in secrets}
    assert [secret for secret in {*secrets, *bare} if secret in text] == []


def test_a_secret_that_is_logged_by_mistake_is_masked(page: io.StringIO) -> None:
    key, token = key_text(2**200 + 1), "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
    log.logger(__name__).error("a mistake", said=f"got {key} and {token}", token=token, key=key)
    text = page.getvalue()
    assert "a mistake" in text
    assert key not in text
    assert token not in text


async def test_no_secret_is_kept_in_the_clear(house: House) -> None:
    secrets = await everything_again(house)
    tables = await house.app.pool.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    for table in (row["table_name"] for row in tables):
        rows = await house.app.pool.fetch(f'SELECT t::text AS said FROM "{table}" t')
        text = "\n".join(row["said"] for row in rows).upper()
        bare = {secret.replace("-", "") for secret in secrets}
        assert [each for each in {*secrets, *bare} if each.upper() in text] == [], table


async def everything_again(house: House) -> list[str]:
    """A code, a key and a password of their own."""
    who = await house.candidate()
    async with admin(house) as root:
        said = {"candidates": [who]}
        (slip,) = (await root.post(f"/admin/exams/{EXAM}/slips", json=said)).json()["items"]
        key = (await root.post("/admin/keys", json={"name": "q", "role": "admin"})).json()["key"]
        made = await root.post("/admin/accounts", json={"login": "n", "role": "candidate"})
    return [slip["code"], key, key.removeprefix("esk_"), made.json()["password"]]

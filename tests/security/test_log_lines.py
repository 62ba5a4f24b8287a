"""Whatever a client sends, a line of the log stays one line, short, and obeyed by no terminal
(E12)."""

import asyncio
import io
import json

import httpx
import pytest
import websockets

from tests.edge.clients import Raw
from tests.edge.house import House
from tests.edge.rooms_to_let import Open
from tests.security.test_secrets_in_logs import page

__all__ = ["page"]
LINE_CHARS_MAX = 4_000
LONG = "x" * 60_000
NASTY = '\n{"event": "forged"}\r\n\x1b[2J\x1b]0;owned\x07\u202e\u2028' + "y" * 5_000
FRAMES = [
    "x" + LONG,
    "4" + LONG,
    "42/exam,1" + LONG,
    "42/exam,1" + json.dumps([LONG, {}]),
    "42/exam,1" + json.dumps([NASTY, {}]),
    "42/exam,1" + json.dumps(["join", {"id": NASTY, "exam": NASTY}]),
    "42/exam,1" + json.dumps(["join", {"id": "j", "exam": LONG}]),
    "42/exam,1" + json.dumps(["answer", {"seq": 1, "item": NASTY, "response": LONG}]),
    "42/exam,1" + json.dumps(["reauth", {"token": NASTY}]),
    "42/exam,1" + "[" * 30_000,
    "42/exam,1[" + "9" * 50_000 + "]",
    f"40/{NASTY},{{}}",
    "40/exam," + json.dumps({"token": NASTY, "client": {"instance": NASTY}}),
]


async def sent(raw: Raw, frame: str) -> None:
    """Send it, and read what comes until it is quiet or closed."""
    try:
        await raw.send(frame)
        while True:
            await raw.next(0.2)
    except (TimeoutError, websockets.ConnectionClosed):
        return


@pytest.mark.parametrize("at", range(len(FRAMES)))
async def test_frames_make_no_long_or_forged_lines(
    house: House, open_raw: Open, page: io.StringIO, at: int
) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth(await house.candidate()))
    await sent(raw, FRAMES[at])
    checked(page)


async def test_requests_make_none_either(house: House, page: io.StringIO) -> None:
    token = house.token("asha")
    async with httpx.AsyncClient(base_url=house.url) as client:
        for path in ("/" + "p" * 5_000, "/admin/exams/%0a%1b%5b2J", "/sign-in?x=%0d%0aforged"):
            for headers in ({"authorization": f"Bearer {token}"}, {"user-agent": "a\x1b[2J" * 200}):
                await client.get(path, headers=headers)
        for body in (LONG, NASTY, json.dumps({"login": NASTY, "password": LONG})):
            await client.post("/sign-in", content=body)
            await client.post("/sign-in/code", content=json.dumps({"code": body[:60]}))
    await asyncio.sleep(0)
    checked(page)


def checked(page: io.StringIO) -> None:
    """Each line is one object of ours."""
    for line in page.getvalue().split("\n"):
        assert len(line) <= LINE_CHARS_MAX, line[:200]
        assert not {"\x1b", "\x07", "\r", "\u2028"} & set(line)
        if line:
            assert json.loads(line)["event"] != "forged"

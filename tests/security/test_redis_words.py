"""Redis (E23): behind a password, with nothing pickled; and what somebody writes into the streams
by which processes talk is a hint at most: it changes no attempt, and no process falls over it."""

import ast
import itertools
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import pytest_asyncio
import redis.asyncio
from redis.exceptions import AuthenticationError

import examsync
from examsync.attempts.news import DurableTold, ExamTold, FactTold, ResultsTold, SeatsTold, Told
from examsync.infra import keys
from protocol.types import Role
from tests.edge.house import EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter
from tests.security.scenes import changed, state
from tests.security.twins import twin

NUMBERS = itertools.count(1)
FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(house: House) -> AsyncIterator[House]:
    """Another process, which hears what is said."""
    async with twin(house) as found:
        yield found


@pytest.fixture
async def inside(house: House) -> AsyncIterator[Any]:
    """Somebody who got hold of the password."""
    async with redis.asyncio.Redis.from_url(house.app.config.redis.url) as client:
        yield client


async def test_redis_answers_nobody_without_its_password(house: House) -> None:
    address = urlsplit(house.app.config.redis.url)
    assert address.hostname == "127.0.0.1"
    for password in (None, "", "wrong"):
        client = redis.asyncio.Redis(
            host=address.hostname, port=address.port or 6379, password=password
        )
        with pytest.raises(AuthenticationError):
            await client.get("anything")
        await client.aclose()


def test_nothing_is_pickled_anywhere() -> None:
    for file in Path(examsync.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not FORBIDDEN & {name.split(".")[0] for name in names}, file


EVIL = pickle.dumps({"method": "emit", "event": "closed", "room": "*"})


def words(victim: str) -> list[dict[str, bytes]]:
    """Entries of the control stream: broken, foreign, and forged in the right shape."""

    def told(**word: Any) -> dict[str, bytes]:
        n = str(next(NUMBERS)).encode()  # what has the number of another is not heard
        return {"n": n, "t": msgspec.json.encode({"sender": "intruder", **word})}

    body = {"kind": "terminated", "id": "x", "closed_at": 1, "reason": "forged"}
    fact = {
        "attempt": victim, "epoch": 1, "n": 999, "prev": "x", "at": 1, "by": "admin:root",
        "body": body, "hash": "x", "command": "terminate", "effect": "{}",
    }  # fmt: skip
    return [
        {"x": b"y"},
        {"n": b"not a number", "t": b"{}"},
        {"n": b"1", "t": b"not json"},
        {"n": b"1", "t": EVIL},
        {"n": b"9" * 5_000, "t": b"{}"},
        {"n": b"1", "t": b"[" * 50_000},
        {"n": b"1", "t": b"{}", "more": b"x"},
        told(type="nothing known"),
        told(type="fact", fact={**fact, "attempt": "nobody"}),
        told(type="fact", fact=fact),
        told(type="durable", durable={victim: [9, 9_999]}),
        told(type="seats", attempts=[victim, "nobody"]),
        told(type="exam", exam=EXAM),
        told(type="exam", exam="nowhere"),
        told(type="results", attempts=[victim]),
    ]


async def test_words_of_an_intruder_change_no_attempt_and_stop_nobody(
    house: House, second: House, enter: Enter, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[type] = []
    news = second.app.wires.news
    assert news is not None
    hear = news.heard

    def noted(told: Told) -> None:
        heard.append(type(told))
        hear(told)

    monkeypatch.setattr(news, "heard", noted)
    who = await house.candidate()
    client = await enter(second, who)
    await client.start()
    await client.answer(1)
    before = await state(house)
    for word in words(attempt_of(who)):
        await inside.xadd(keys.control(), word)
    for channel in ("socketio", "examsync", keys.control(), "*"):
        await inside.publish(channel, EVIL)
        await inside.publish(channel, b'{"method":"enter_room","sid":"x","room":"exam"}')
    await until(lambda: set(heard) >= {FactTold, DurableTold, SeatsTold, ExamTold, ResultsTold})
    eva = await enter(house, "eva", Role.EXAMINER)
    act = {"exam": EXAM, "attempts": [attempt_of(who)], "text": "still there?"}
    assert changed(before, await state(house)) == []
    # Both processes hear of what is true, after all of that.
    await eva.ok("message", {**act, "id": eva.id("m")})
    await until(lambda: any(name == "notice" for name, _ in client.heard))
    await client.answer(2, False)
    assert (await client.join())["state"] == "in_progress"
    assert {name for name, _ in client.heard} & {"closed", "lease_lost"} == set()

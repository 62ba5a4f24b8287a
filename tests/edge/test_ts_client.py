"""The TypeScript client, built, in Node, against `examsync serve`, which is killed under it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from examsync import app
from examsync.access.token import Identity, issue
from examsync.attempts.export import export
from examsync.cli.demo import free_port
from examsync.cli.demonstration.processes import Server, environment
from examsync.devstack import node, pages
from protocol.http import ExportedAttempt
from protocol.types import Role
from tests.edge.house import EXAM, HOUR_MS, SECRET, config, furnish

pytestmark = pytest.mark.slow

WITHIN_S = 40.0
BUILT = pages.MODULES / ".sitter"
WHO = "asha"
Json = dict[str, Any]
RESPONSES: dict[str, Callable[[Json], Any]] = {
    "single_choice": lambda item: item["options"][0]["id"],
    "multiple_choice": lambda item: [item["options"][0]["id"]],
    "true_false": lambda item: True,
    "numerical": lambda item: 42,
    "short_text": lambda item: "प्रकाश",
    "long_text": lambda item: "पौधे प्रकाश से भोजन बनाते हैं।",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sitter() -> Path:
    """The client and the program around it, bundled as the pages are."""
    found = node.find()
    with pages.one_at_a_time():
        pages.install(found)
        command = [*found.npm, "exec", "--", "vite", "build", "--logLevel", "warn"]
        command += ["--ssr", "tests/node/sitter.ts", "--outDir", str(BUILT)]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=pages.PAGES, env=pages.environment(found)
        )
        assert await asyncio.wait_for(process.wait(), WITHIN_S) == 0
    return BUILT / "sitter.js"


@pytest.fixture
async def office(redis_url: str, database_url: str) -> AsyncIterator[app.App]:
    """An exam with candidates, and the records to look things up in afterwards."""
    built = await app.build(config(redis_url, database_url))
    try:
        await built.start(work=False)
        await furnish(built)
        yield built
    finally:
        await built.stop()


@pytest.fixture
def server(office: app.App, redis_url: str, database_url: str, tmp_path: Path) -> Any:
    """`examsync serve`, to be killed and started again."""
    settings = environment(redis_url, database_url) | {
        "EXAMSYNC_AUTH_SECRET": SECRET,
        "EXAMSYNC_AUTH_RECEIPT_SECRET": SECRET[::-1],
    }
    found = Server(free_port(0), settings, tmp_path / "server.log")
    found.start()
    yield found
    found.stop()


class Sitter:
    """A running sitter; `view` is the last it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.view: Json = {}

    def tell(self, **what: Any) -> None:
        """Have it do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(what) + b"\n")

    async def until(self, true: Callable[[Json], bool]) -> Json:
        """Read on until its view is like that."""
        assert self._process.stdout is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_S):
                while not self.view or not true(self.view):
                    line = await self._process.stdout.readline()
                    assert line, "it has ended"
                    self.view = msgspec.json.decode(line)
                    assert "failed" not in self.view, self.view
                return self.view
        pytest.fail(f"it never came to that; last: {self.view}")


@pytest.fixture
async def sat(office: app.App, server: Server, sitter: Path) -> AsyncIterator[Sitter]:
    """A candidate at the server."""
    now = office.clock.now()
    identity = Identity(
        WHO, Role.CANDIDATE, frozenset({EXAM}), frozenset(), now, now + HOUR_MS, "jti-1"
    )
    process = await asyncio.create_subprocess_exec(
        node.find().node,
        *(str(sitter), server.url, EXAM, WHO, issue(identity, office.ring)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=4_000_000,
    )
    yield Sitter(process)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


async def stored(office: app.App) -> ExportedAttempt:
    return next(iter([a async for a in export(office.records, EXAM) if a.candidate == WHO]))


async def test_it_sits_an_exam_while_the_server_dies_and_comes_back(
    office: app.App, server: Server, sat: Sitter
) -> None:
    await sat.until(lambda view: view["connection"]["state"] == "live")
    assert sat.view["storage"] == "disk"
    sat.tell(do="start")
    items = (await sat.until(lambda view: view["writable"] and view["items"]))["items"]
    given = {item["id"]: RESPONSES[item["kind"]](item) for item in items}
    first, *others = given
    sat.tell(answer={"item": first, "response": given[first], "flag": True})
    await sat.until(lambda view: view["saves"].get(first) == "durable")

    await asyncio.to_thread(server.kill)
    await sat.until(lambda view: view["connection"]["state"] in ("offline", "connecting"))
    for item in others:
        sat.tell(answer={"item": item, "response": given[item]})
    sat.tell(do="signal")
    await sat.until(lambda view: view["waiting_answers"] == len(others))
    await sat.until(lambda view: all(view["saves"][item] == "device" for item in others))
    assert sat.view["writable"]
    sat.tell(do="reload")
    view = await sat.until(lambda view: view["waiting_answers"] == len(others))
    assert view["responses"][first] == {"response": given[first], "flag": True}
    assert view["items"], "what was seen of the paper is here without the server"

    await asyncio.to_thread(server.start)
    sat.tell(do="retry")
    await sat.until(lambda view: set(view["saves"].values()) == {"durable"})
    sat.tell(do="submit")
    view = await sat.until(lambda view: view["receipt"] and view["resting"] == 0)
    assert view["connection"]["reason"] == view["state"] == "submitted"
    assert view["refused"] == []

    attempt = await stored(office)
    assert attempt.state == "submitted"
    assert {item: held.response for item, held in attempt.responses.items()} == given
    assert attempt.responses[first].flag
    assert len(attempt.violations) == 1


async def test_an_examiner_s_grant_and_a_drained_server_are_heard_of(
    server: Server, sat: Sitter
) -> None:
    await sat.until(lambda view: view["connection"]["state"] == "live")
    sat.tell(do="start")
    await sat.until(lambda view: view["deadline"])
    sat.tell(do="hand")
    await sat.until(lambda view: view["hand"] and view["waiting"] == 0)
    await asyncio.to_thread(server.stop)
    await sat.until(lambda view: view["connection"]["state"] != "live")
    await asyncio.to_thread(server.start)
    await sat.until(lambda view: view["connection"]["state"] == "live")
    assert sat.view["hand"]
    assert sat.view["saves"] == {}

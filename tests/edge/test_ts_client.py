"""The TypeScript client, built, in Node, against `examsync serve`, which is killed under it."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
import redis.asyncio

from examsync import app
from examsync.access.token import Identity, issue
from examsync.attempts.attempt import Seat
from examsync.attempts.export import export
from examsync.cli.demo import free_port
from examsync.cli.demonstration.processes import Server, environment
from examsync.devstack import node, pages
from examsync.exams.exam import Terms
from protocol.http import ExportedAttempt
from protocol.types import Role
from tests.edge.house import EXAM, HOUR_MS, SECRET, config
from tests.services.installation import running
from tests.services.sittings import put_paper

pytestmark = pytest.mark.slow

WITHIN_S = 40.0
BUILT = pages.MODULES / ".sitter"
WHO = "asha"
NUMBERS = itertools.count(1)
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
    """An exam that beats every second, and the records to look things up in afterwards."""
    async with running(config(redis_url, database_url)) as built:
        await put_paper(built.pool)
        now = built.clock.now()
        terms = Terms(now - 60_000, now + HOUR_MS, now + 2 * HOUR_MS, HOUR_MS // 2)
        terms = msgspec.structs.replace(terms, heartbeat_period_s=1.0)
        await built.exams.create(EXAM, "An exam", "paper-1", terms, "admin:root")
        await built.exams.publish(EXAM)
        await built.records.register([Seat(EXAM, WHO, "Asha", "hall-1")])
        yield built


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


Sit = Callable[..., Awaitable[Sitter]]


def token(office: app.App, role: Role = Role.CANDIDATE, life_ms: int = HOUR_MS) -> str:
    now = office.clock.now()
    who = WHO if role is Role.CANDIDATE else "vera"
    jti = f"jti-{next(NUMBERS)}"
    return issue(
        Identity(who, role, frozenset({EXAM}), frozenset(), now, now + life_ms, jti), office.ring
    )


@pytest.fixture
async def sit(office: app.App, server: Server, sitter: Path) -> AsyncIterator[Sit]:
    """Seat the candidate at the server, on one browser or several."""
    processes: list[asyncio.subprocess.Process] = []

    async def sitting(instance: str = "web-1", life_ms: int = HOUR_MS) -> Sitter:
        tokens = [token(office, life_ms=life_ms), str(life_ms), token(office)]
        process = await asyncio.create_subprocess_exec(
            node.find().node,
            *(str(sitter), server.url, EXAM, WHO, instance, *tokens),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=4_000_000,
        )
        processes.append(process)
        return Sitter(process)

    yield sitting
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def started(sat: Sitter) -> dict[str, Any]:
    """Start; what to answer to each item."""
    await sat.until(live)
    sat.tell(do="start")
    items = (await sat.until(lambda view: view["writable"] and view["items"]))["items"]
    return {item["id"]: RESPONSES[item["kind"]](item) for item in items}


def live(view: Json) -> bool:
    return bool(view["connection"]["state"] == "live")


async def stored(office: app.App) -> ExportedAttempt:
    return next(iter([a async for a in export(office.records, EXAM) if a.candidate == WHO]))


async def test_it_sits_an_exam_while_the_server_dies_and_comes_back(
    office: app.App, server: Server, sit: Sit
) -> None:
    sat = await sit()
    given = await started(sat)
    assert sat.view["storage"] == "disk"
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


async def test_a_server_that_drains_is_left_and_found_again(server: Server, sit: Sit) -> None:
    sat = await sit()
    await started(sat)
    sat.tell(do="hand")
    await sat.until(lambda view: view["hand"] and view["waiting"] == 0)
    await asyncio.to_thread(server.stop)
    await sat.until(lambda view: not live(view))
    await asyncio.to_thread(server.start)
    await sat.until(live)
    assert sat.view["hand"]
    assert sat.view["saves"] == {}


async def test_when_redis_loses_its_data_it_gives_everything_in_again(
    office: app.App, redis_url: str, sit: Sit
) -> None:
    sat = await sit()
    given = await started(sat)
    for item, response in given.items():
        sat.tell(answer={"item": item, "response": response})
    await sat.until(lambda view: len(view["saves"]) == len(given) and view["waiting"] == 0)
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.flushall()
    last = next(iter(given))
    sat.tell(answer={"item": last, "response": None})
    await sat.until(lambda view: set(view["saves"].values()) == {"durable"})
    sat.tell(do="submit")
    await sat.until(lambda view: view["receipt"] and view["resting"] == 0)
    attempt = await stored(office)
    assert attempt.rev[0] == 2, "it was another epoch"
    held = {item: answer.response for item, answer in attempt.responses.items()}
    assert held == given | {last: None}


async def test_a_second_device_takes_over_and_the_first_takes_back_only_on_purpose(
    sit: Sit,
) -> None:
    first = await sit("web-1")
    given = await started(first)
    item = next(iter(given))
    first.tell(answer={"item": item, "response": given[item]})
    await first.until(lambda view: view["saves"].get(item) in ("saved", "durable"))
    second = await sit("web-2")
    view = await second.until(live)
    assert view["responses"][item]["response"] == given[item]
    view = await first.until(lambda view: view["lease_lost"])
    assert view["connection"]["state"] == "closed"
    assert not view["writable"]
    first.tell(do="take_back")
    await first.until(live)
    await second.until(lambda view: view["lease_lost"])


async def test_an_attempt_that_is_reopened_goes_on_and_notices_are_shown(
    office: app.App, server: Server, sit: Sit
) -> None:
    sat = await sit()
    await started(sat)
    sat.tell(do="submit")
    await sat.until(lambda view: view["state"] == "submitted" and view["resting"] == 0)
    headers = {"authorization": f"Bearer {token(office, Role.EXAMINER)}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as examiner:
        acts: dict[str, Json] = {
            "reopen": {"reason": "a mistake", "extra_ms": 60_000},
            "message": {"text": "Read question 2 again."},
        }
        for act, terms in acts.items():
            body = {"id": act, "exam": EXAM, "attempts": [sat.view["attempt"]], **terms}
            done = await examiner.post(f"/exams/{EXAM}/acts/{act}", json=body)
            assert done.status_code == 200, done.text
    view = await sat.until(lambda view: live(view) and view["notices"])
    assert view["writable"]
    assert view["notices"][0]["text"] == "Read question 2 again."


async def test_a_token_is_renewed_before_it_ends_and_the_connection_stays(sit: Sit) -> None:
    sat = await sit(life_ms=34_000)
    await sat.until(live)
    connections = sat.view["connection"]
    await sat.until(lambda view: view["asked"] == 1)
    await started(sat)
    assert sat.view["connection"] == connections
    assert sat.view["asked"] == 1


async def test_an_answer_that_is_too_large_is_told_and_the_connection_stays(sit: Sit) -> None:
    sat = await sit()
    given = await started(sat)
    (long,) = [item["id"] for item in sat.view["items"] if item["kind"] == "long_text"]
    sat.tell(answer={"item": long, "response": "😀" * 17_000})  # 68,000 bytes
    (refused,) = (await sat.until(lambda view: view["refused"]))["refused"]
    assert (refused["item"], refused["code"]) == (long, "too_large")
    assert "a message 65536 at most: make it shorter" in refused["detail"]
    sat.tell(answer={"item": long, "response": given[long]})
    assert live(await sat.until(lambda view: view["saves"].get(long) == "durable"))

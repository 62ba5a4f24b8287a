"""The HTTP API over real connections: health, signing in, making an exam, acting, exporting."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from examsync.access.account import Account
from examsync.bank import service as bank
from examsync.edge.api import bodies
from protocol.http import ExportedAttempt
from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, HOUR_MS, House, attempt_of
from tests.edge.rooms_to_let import Enter

PASSWORD = "correct horse battery"


@pytest.fixture
async def anybody(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with httpx.AsyncClient(base_url=house.url) as client:
        yield client


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    return response.status_code, told["code"]


async def test_health(house: House, anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get("/livez")).text == "ok\n"
    assert (await anybody.get("/readyz")).text == "ready\n"
    verbose = await anybody.get("/readyz?verbose")
    assert verbose.status_code == 200
    assert "[+]redis appendonly yes, appendfsync always" in verbose.text
    assert "[+]postgres ok" in verbose.text
    assert "[+]migrations up to date" in verbose.text
    assert "[+]draining no" in verbose.text


async def test_metrics_count_what_clients_did(
    house: House, anybody: httpx.AsyncClient, enter: Enter
) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    await client.answer(1)
    await client.call("nonsense")
    page = (await anybody.get("/metrics")).text
    assert 'examsync_events_total{event="answer",outcome="ok"}' in page
    assert 'examsync_events_total{event="unknown",outcome="unknown_event"}' in page
    assert 'examsync_connections{namespace="/exam"' in page
    assert 'examsync_ack_seconds_count{event="answer"}' in page


async def test_signing_in_gives_a_token_that_works(
    house: House, anybody: httpx.AsyncClient
) -> None:
    await house.app.accounts.create_account(
        Account("a-eva", "eva", Role.EXAMINER, "Eva", (EXAM,), ("hall-1",)), PASSWORD
    )
    response = await anybody.post("/sign-in", json={"login": " Eva ", "password": PASSWORD})
    said = response.json()
    assert (said["subject"], said["role"], said["exams"], said["halls"]) == (
        "a-eva",
        "examiner",
        [EXAM],
        ["hall-1"],
    )
    eva = Client(house, "eva", Role.EXAMINER)
    await eva.connect(token=said["token"])
    await eva.ok("watch", {"exam": EXAM})
    await eva.leave()


async def test_signing_in_wrongly_is_refused_and_in_the_end_limited(
    anybody: httpx.AsyncClient,
) -> None:
    guess = {"login": "nobody", "password": "guess-guess"}
    for _ in range(10):
        assert problem(await anybody.post("/sign-in", json=guess)) == (401, "unauthorized")
    response = await anybody.post("/sign-in", json=guess)
    while response.status_code == 401:  # a busy machine is so slow that tries are forgiven
        response = await anybody.post("/sign-in", json=guess)
    assert problem(response) == (429, "rate_limited")
    assert int(response.headers["retry-after"]) >= 1


async def made(house: House, root: httpx.AsyncClient) -> None:
    """The exam "made": a bank from a file, a paper of it, and two candidates."""
    file = bank.template()
    dry = await root.post("/admin/banks/b-1/import", content=file)
    assert dry.json()["committed"] is False
    done = await root.post("/admin/banks/b-1/import?commit=true", content=file)
    assert done.json()["committed"] is True
    said: dict[str, Any] = {"title": "A paper", "bank": "b-1", "paper": "made-1", "limit": 5}
    assert (await root.post("/admin/papers", json=said)).json() == {"paper": "made-1"}
    now = house.app.clock.now()
    exam = {
        "exam": "made",
        "title": "Made over HTTP",
        "paper": "made-1",
        "opens_at": now - 1_000,
        "window_end": now + HOUR_MS,
        "closes_at": now + 2 * HOUR_MS,
        "duration_ms": HOUR_MS // 2,
    }
    assert (await root.post("/admin/exams", json=exam)).status_code == 201
    assert problem(await root.post("/admin/exams", json=exam)) == (409, "exists")
    published = (await root.post("/admin/exams/made/publish")).json()
    assert (published["exam"], published["title"]) == ("made", "Made over HTTP")
    assert published["status"] == "published"
    assert "made" in [each["exam"] for each in (await root.get("/admin/exams")).json()["items"]]
    candidates = {"candidates": [{"candidate": "zoe", "hall": "hall-1"}, {"candidate": "yan"}]}
    registered = await root.post("/admin/exams/made/candidates", json=candidates)
    assert registered.json()["attempts"]["zoe"] == attempt_of("zoe", "made")


async def test_an_exam_from_a_file_to_its_results(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    await made(house, root)
    zoe = await enter(house, "zoe", exams=frozenset({"made"}))
    await zoe.join("made")
    await zoe.ok("start", {"id": "s"})
    await zoe.ok("submit", {"id": "u", "holds": {}})
    act = {"id": "x-1", "attempts": [attempt_of("zoe", "made")], "reason": "more"}
    reopened = (await root.post("/exams/made/acts/reopen", json=act)).json()
    assert (reopened["done"], reopened["durable"]) == ([attempt_of("zoe", "made")], True)

    response = await root.get("/admin/exams/made/export")
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [msgspec.json.decode(line, type=ExportedAttempt) for line in response.text.splitlines()]
    states = {line.candidate: line.state for line in lines}
    assert states == {"yan": "not_started", "zoe": "in_progress"}
    rows = (await root.get("/admin/exams/made/results")).json()
    assert {row["candidate"] for row in rows} == {"yan", "zoe"}
    csv = await root.get("/admin/exams/made/results?format=csv")
    assert csv.headers["content-disposition"] == 'attachment; filename="made.csv"'
    assert (await root.post("/admin/exams/made/release")).json()["released"] == []
    assert (await root.post("/admin/exams/made/archive")).json()["status"] == "archived"


async def test_a_file_with_problems_is_not_imported_and_says_why(root: httpx.AsyncClient) -> None:
    response = await root.post("/admin/banks/b-2/import?commit=true", content=b"stem\nwhat?\n")
    assert problem(response) == (422, "import_failed")
    assert response.json()["report"]["problems"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/admin/exams", b"{", 400, "bad_request"),
        ("/admin/exams", b"[]", 400, "bad_request"),
        ("/admin/exams", b"\xff", 400, "bad_request"),
        ("/admin/exams", b"[" * 30_000, 400, "bad_request"),
        ("/admin/exams", b'{"exam":"x"}', 400, "bad_request"),
        ("/admin/exams", b" " * 65_537, 413, "too_large"),
        ("/admin/exams/nowhere/publish", b"", 404, "not_found"),
        (
            "/admin/exams/nowhere/candidates",
            b'{"candidates":[{"candidate":"a"}]}',
            404,
            "not_found",
        ),
        ("/admin/exams/exam-1/candidates", b'{"candidates":[]}', 400, "bad_request"),
        ("/admin/banks/b/import?format=doc", b"x", 400, "bad_request"),
        ("/exams/exam-1/acts/explode", b"{}", 404, "not_found"),
        ("/exams/exam-1/acts/pause", b"{}", 400, "bad_request"),
        ("/exams/exam-1/acts/pause", b'{"exam":"exam-2"}', 400, "bad_request"),
        ("/nowhere", b"", 404, "not_found"),
        ("/admin/exams/a%00b/publish", b"", 400, "bad_request"),
        ("/admin/exams/exam-1%0A/publish", b"", 400, "bad_request"),
        (
            "/admin/exams/exam-1/candidates",
            b'{"candidates":[{"candidate":"a","name":"a\\u0000"}]}',
            400,
            "bad_request",
        ),
    ],
)
async def test_what_is_wrong_is_a_problem(
    root: httpx.AsyncClient, path: str, body: bytes, status: int, code: str
) -> None:
    assert problem(await root.post(path, content=body)) == (status, code)


async def test_another_method_is_a_problem_that_names_the_right_one(
    root: httpx.AsyncClient,
) -> None:
    response = await root.get("/sign-in")
    assert problem(response)[0] == 405
    assert response.headers["allow"] == "POST"


async def test_a_body_that_says_too_little_of_its_length_is_still_bounded(
    root: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(bodies.FILE_BYTES_MAX // 1_048_576 + 2):
            yield b"x" * 1_048_576

    response = await root.post("/admin/banks/b/import", content=chunks())
    assert problem(response) == (413, "too_large")


async def test_an_act_that_was_done_is_durable_when_it_returns(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    id_ = attempt_of(client.subject)
    said = {"id": "h-1", "attempts": [id_], "reason": "fire", "extra_ms": 60_000}
    ack = (await root.post(f"/exams/{EXAM}/acts/extend", json=said)).json()
    assert (ack["done"], ack["durable"]) == ([id_], True)
    facts = await house.app.records.timeline(id_, 0, 100)
    assert facts[-1].by == "admin:root"
    announced = await root.post(f"/exams/{EXAM}/acts/announce", json={"id": "n", "text": "Hi."})
    assert announced.json()["durable"] is True
    assert (await client.told("notice"))["text"] == "Hi."

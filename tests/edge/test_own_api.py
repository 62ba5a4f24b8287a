"""`/my`: what candidates are told of their own exams and results."""

import asyncio
from typing import Any

import httpx

from protocol.types import Role
from tests.edge.calling import calling, detail, made_exam, problem
from tests.edge.house import EXAM, READY_S, House, attempt_of
from tests.edge.rooms_to_let import Enter

MINE = frozenset({"my-1", "my-2", "my-3", "nowhere"})
TEXT_MIN = 4
"""Characters of a text that cannot stand in other words by chance, as the option "2" can."""


async def told(own: httpx.AsyncClient) -> Any:
    """The exams that somebody is told of."""
    return (await own.get("/my/exams")).json()["items"]


async def seated(house: House, root: httpx.AsyncClient, exam: str, *, publish: bool = True) -> None:
    """An exam for zoe."""
    await made_exam(root, house, exam)
    people = {"candidates": [{"candidate": "zoe"}, {"candidate": "yan"}]}
    await root.post(f"/admin/exams/{exam}/candidates", json=people)
    if publish:
        await root.post(f"/admin/exams/{exam}/publish")


async def test_a_candidate_is_told_of_own_exams_and_of_the_result_once_it_is_released(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    await seated(house, root, "my-1")
    await seated(house, root, "my-2")
    await seated(house, root, "my-3", publish=False)
    zoe = await enter(house, "zoe", exams=MINE)
    await zoe.join("my-1")
    await zoe.ok("start", {"id": "s"})
    async with calling(house, "zoe", Role.CANDIDATE, exams=MINE) as own:
        async with asyncio.timeout(READY_S):  # states are as Postgres has them
            while (await told(own))[0]["state"] == "not_started":  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.05)
        first, second = await told(own)
        times = {name: first[name] for name in ("opens_at", "window_end", "closes_at")}
        assert first == times | {
            "exam": "my-1",
            "title": "Exam my-1",
            "status": "published",
            "duration_ms": 1_800_000,
            "attempt": attempt_of("zoe", "my-1"),
            "state": "in_progress",
            "results_released": False,
            "name": "",
            "instructions": "",
        }
        assert (second["exam"], second["state"]) == ("my-2", "not_started")
        assert problem(await own.get("/my/exams/my-1/result")) == (404, "not_released")
        await zoe.ok("submit", {"id": "u", "holds": {}})

        async def released() -> bool:
            done = await root.post("/admin/exams/my-1/release", json={"reveal": "total"})
            assert done.status_code == 200, done.text
            return bool((await told(own))[0]["results_released"])

        async with asyncio.timeout(READY_S):
            while not await released():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        result = await own.get("/my/exams/my-1/result")
        assert (result.status_code, result.json()["attempt"]) == (200, attempt_of("zoe", "my-1"))


async def test_the_time_that_is_told_is_the_candidates_own(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    made = await made_exam(root, house, "timed-1")
    yan = {"candidate": "yan", "name": "Yan Li", "factor_permille": 1_250, "extension_ms": 60_000}
    people = {"candidates": [yan, {"candidate": "zoe"}]}
    await root.post("/admin/exams/timed-1/candidates", json=people)
    await root.post("/admin/exams/timed-1/publish")
    times = {}
    for who in ("yan", "zoe"):
        async with calling(house, who, Role.CANDIDATE, exams=frozenset({"timed-1"})) as own:
            (only,) = await told(own)
        times[who] = (only["duration_ms"], only["window_end"])
        assert only["name"] == {"yan": "Yan Li", "zoe": ""}[who]
    assert times["zoe"] == (made["duration_ms"], made["window_end"])
    assert times["yan"] == (made["duration_ms"] * 5 // 4, made["window_end"] + 60_000)
    client = await enter(house, "yan", exams=frozenset({"timed-1"}))
    await client.join("timed-1")
    started = await client.ok("start", {"id": "s"})
    assert started["deadline"] == started["started_at"] + times["yan"][0], "as it was told"


async def test_what_was_granted_before_the_start_is_in_the_time_that_is_told(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    exam = "granted-1"
    made = await made_exam(root, house, exam)
    yan = {"candidate": "yan", "factor_permille": 1_250, "extension_ms": 60_000}
    people = {"candidates": [yan, {"candidate": "zoe"}]}
    await root.post(f"/admin/exams/{exam}/candidates", json=people)
    await root.post(f"/admin/exams/{exam}/publish")
    client = await enter(house, "yan", exams=frozenset({exam}))
    await client.join(exam)
    for number, (kind, extra_ms, who) in enumerate(
        [("extend", 120_000, "all"), ("extend", 30_000, [attempt_of("yan", exam)])]
    ):
        act = {"id": f"x-{number}", "attempts": who, "extra_ms": extra_ms, "reason": "late bus"}
        done = await root.post(f"/exams/{exam}/acts/{kind}", json=act)
        assert (done.status_code, done.json()["durable"]) == (200, True)
    times = {}
    for who in ("yan", "zoe"):
        async with calling(house, who, Role.CANDIDATE, exams=frozenset({exam})) as own:
            (only,) = await told(own)
        times[who] = [only[name] for name in ("duration_ms", "window_end", "closes_at")]
    planned, closes_at = made["duration_ms"], made["closes_at"] + 120_000
    assert times["zoe"] == [planned + 120_000, made["window_end"] + 120_000, closes_at]
    assert times["yan"] == [planned * 5 // 4 + 150_000, made["window_end"] + 210_000, closes_at]
    heard = [body for event, body in client.heard if event == "time_changed"]
    assert heard[-1]["time_ms"] == times["yan"][0], "whoever waits for the start is told"
    assert heard[-1]["start_until"] == times["yan"][1]
    started = await client.ok("start", {"id": "s"})
    assert started["deadline"] == started["started_at"] + times["yan"][0], "as it was told"


async def test_instructions_are_told_before_the_start_and_nothing_of_the_questions(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    await made_exam(root, house, "told-1")  # it makes a bank, too
    calm = "Be calm.\nUse $\\pi$ = 3.14; नकल न करें।"
    paper = {"title": "Told", "bank": "b-told-1", "paper": "p-told", "instructions": calm}
    assert (await root.post("/admin/papers", json=paper)).status_code == 201
    assert (await root.patch("/admin/exams/told-1", json={"paper": "p-told"})).status_code == 200
    people = {"candidates": [{"candidate": "zoe"}]}
    await root.post("/admin/exams/told-1/candidates", json=people)
    async with calling(house, "zoe", Role.CANDIDATE, exams=frozenset({"told-1"})) as own:
        assert await told(own) == [], "a draft may still change"
        await root.post("/admin/exams/told-1/publish")
        listed = await own.get("/my/exams")
    (only,) = listed.json()["items"]
    assert (only["instructions"], only["state"]) == (calm, "not_started")
    zoe = await enter(house, "zoe", exams=frozenset({"told-1"}))
    joined = await zoe.join("told-1")
    assert "paper" not in joined
    before = "\n".join([*strings(listed.json()), *strings(joined)])
    secrets = texts_of((await root.get("/admin/papers/p-told")).json())
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret in before] == []


def texts_of(paper: Any) -> set[str]:
    """Whatever a paper's questions say: stems, options, answers, explanations, as stored."""
    questions = [item["question"] for section in paper["sections"] for item in section["items"]]
    return {text for question in questions for text in strings(question) if len(text) >= TEXT_MIN}


def strings(value: Any) -> list[str]:
    """All texts in a JSON value, but not its keys."""
    if isinstance(value, str):
        return [value]
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in within for text in strings(each)]


async def test_what_is_not_ones_own_is_not_told(house: House, root: httpx.AsyncClient) -> None:
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        (only,) = (await asha.get("/my/exams")).json()["items"]
        assert only["exam"] == EXAM
        assert problem(await asha.get("/my/exams/exam-2/result")) == (403, "forbidden")
    async with calling(house, "nobody", Role.CANDIDATE) as nobody:
        assert (await nobody.get("/my/exams")).json() == {"items": []}
        result = await nobody.get(f"/my/exams/{EXAM}/result")
        assert problem(result) == (404, "not_found")
    for role in (Role.ADMIN, Role.EXAMINER):
        async with calling(house, "eva", role) as eva:
            refused = await eva.get("/my/exams")
            assert problem(refused) == (403, "forbidden")
            assert "for candidates" in detail(refused)

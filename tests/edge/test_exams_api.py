"""`/admin/exams` over real connections: listed, looked at, changed, copied, put away."""

from typing import Any

import httpx
import pytest

from protocol.types import Role
from tests.edge.calling import calling, detail, made_exam, problem
from tests.edge.clients import Client
from tests.edge.house import EXAM, HOUR_MS, OTHER_EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter


async def listed(client: httpx.AsyncClient, query: str = "") -> list[str]:
    """The exams of a page, in order."""
    response = await client.get(f"/admin/exams{query}")
    assert response.status_code == 200, response.text
    return [each["exam"] for each in response.json()["items"]]


# --- listed ---------------------------------------------------------------------------------------


async def test_exams_are_listed_with_their_candidates_by_state(
    house: House, root: httpx.AsyncClient
) -> None:
    page = (await root.get("/admin/exams?q=exam-1")).json()
    (only,) = page["items"]
    assert (only["exam"], only["status"], only["paper"]) == (EXAM, "published", "paper-1")
    assert only["window_end"] - only["opens_at"] == HOUR_MS + 60_000
    assert only["candidates"] == sum(only["states"].values()) >= 3
    assert (page["next"], page["total"]) == (None, 1)


async def test_a_list_is_read_page_by_page_in_either_order(
    house: House, root: httpx.AsyncClient
) -> None:
    for number, title in enumerate(("Beta", "alpha", "Gamma", "alpha")):
        now = house.app.clock.now() + number * HOUR_MS
        await made_exam(
            root, house, f"page-{number}", title=title,
            opens_at=now, window_end=now + HOUR_MS, closes_at=now + 2 * HOUR_MS,
        )  # fmt: skip
    for sort, order in {
        "exam": [0, 1, 2, 3],
        "-exam": [3, 2, 1, 0],
        "title": [1, 3, 0, 2],
        "-title": [2, 0, 3, 1],
        "opens_at": [0, 1, 2, 3],
        "-opens_at": [3, 2, 1, 0],
    }.items():
        found: list[str] = []
        after = ""
        while True:
            query = f"?q=PAGE-&sort={sort}&limit=1&after={after}"
            page = (await root.get(f"/admin/exams{query}")).json()
            assert page["total"] == 4
            found += [each["exam"] for each in page["items"]]
            if page["next"] is None:
                break
            after = page["next"]
        assert found == [f"page-{number}" for number in order], sort
    assert await listed(root, "?q=alph") == ["page-3", "page-1"]
    assert await listed(root, "?q=page-&status=published") == []
    assert await listed(root, "?q=%25") == []


async def test_an_examiner_sees_the_exams_of_the_token_and_the_halls_of_it(house: House) -> None:
    async with calling(house, "eva", Role.EXAMINER) as eva:
        assert await listed(eva) == [EXAM]
        assert problem(await eva.get(f"/admin/exams/{OTHER_EXAM}")) == (403, "forbidden")
        assert problem(await eva.patch(f"/admin/exams/{EXAM}", json={})) == (403, "forbidden")
    async with calling(house, "eva", Role.EXAMINER, halls=frozenset({"hall-2"})) as eva:
        (only,) = (await eva.get("/admin/exams")).json()["items"]
        assert only["candidates"] == 1
        view = (await eva.get(f"/admin/exams/{EXAM}")).json()
        assert (view["candidates"], view["halls"]) == (1, ["hall-2"])
    async with calling(house, "eva", Role.EXAMINER, exams=frozenset()) as eva:
        assert await listed(eva) == []
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get("/admin/exams")) == (403, "forbidden")
        assert problem(await asha.get(f"/admin/exams/{EXAM}")) == (403, "forbidden")


async def test_what_a_list_cannot_give_is_named(root: httpx.AsyncClient) -> None:
    assert "use one of: archived, draft, published" in detail(
        await root.get("/admin/exams?status=done")
    )
    assert "did you mean sort" in detail(await root.get("/admin/exams?sorted=title"))
    assert "?after=" in detail(await root.get("/admin/exams?after=nonsense"))


# --- looked at ------------------------------------------------------------------------------------


async def test_a_view_says_all_there_is_of_an_exam(root: httpx.AsyncClient) -> None:
    view = (await root.get(f"/admin/exams/{EXAM}")).json()
    assert view["frozen"][:2] == ["paper", "opens_at"]
    assert "title" not in view["frozen"]
    assert (view["grace_ms"], view["late_policy"], view["takeover"]) == (
        5_000,
        "keep_marked",
        "at_once",
    )
    assert (view["halls"], view["created_by"]) == (["hall-1", "hall-2"], "admin:root")
    assert problem(await root.get("/admin/exams/nowhere")) == (404, "not_found")


async def test_the_paper_is_shown_as_candidates_get_it(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    shown = await root.get(f"/admin/exams/{EXAM}/paper")
    client = await enter(house, await house.candidate())
    assert (await client.start())["paper"] == shown.json()
    assert "correct" not in shown.text
    assert problem(await root.get("/admin/exams/nowhere/paper")) == (404, "not_found")


# --- changed --------------------------------------------------------------------------------------


async def test_a_draft_changes_in_everything(house: House, root: httpx.AsyncClient) -> None:
    await made_exam(root, house, "draft-1")
    other = await made_exam(root, house, "draft-2")
    change = {
        "title": "Another", "paper": other["paper"], "opens_at": 1_000, "window_end": 2_000_000,
        "closes_at": 3_000_000, "duration_ms": 60_000, "grace_ms": 0, "late_policy": "discard",
        "takeover": "refuse", "heartbeat_period_s": 3.5,
    }  # fmt: skip
    changed = (await root.patch("/admin/exams/draft-1", json=change)).json()
    assert {name: changed[name] for name in change} == change
    assert changed == (await root.get("/admin/exams/draft-1")).json()


async def test_another_paper_of_a_draft_is_the_one_that_is_sat(
    house: House, root: httpx.AsyncClient
) -> None:
    await made_exam(root, house, "swap-1")
    before = (await root.get("/admin/exams/swap-1/paper")).json()
    await root.patch("/admin/exams/swap-1", json={"paper": "paper-1"})
    after = (await root.get("/admin/exams/swap-1/paper")).json()
    assert before["id"] == "p-swap-1"
    assert after == (await root.get(f"/admin/exams/{EXAM}/paper")).json()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"paper": "nothing"}, 404, "not_found"),
        ({"window_end": 1}, 400, "bad_request"),
        ({"grace_ms": 60_001}, 400, "bad_request"),
        ({"title": ""}, 400, "bad_request"),
        ({"late_policy": "maybe"}, 400, "bad_request"),
    ],
)
async def test_a_draft_does_not_become_what_cannot_be(
    house: House, root: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    if "wrong-1" not in await listed(root, "?q=wrong-1"):
        await made_exam(root, house, "wrong-1")
    before = (await root.get("/admin/exams/wrong-1")).json()
    refused = await root.patch("/admin/exams/wrong-1", json=change)
    assert problem(refused) == (status, code)
    assert (await root.get("/admin/exams/wrong-1")).json() == before


async def test_of_a_published_exam_only_the_title_changes(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    view = await made_exam(root, house, "frozen-1")
    await root.post("/admin/exams/frozen-1/publish")
    refused = await root.patch(
        "/admin/exams/frozen-1", json={"duration_ms": 1_000, "title": "New", "paper": "paper-1"}
    )
    assert problem(refused) == (409, "frozen")
    assert refused.json()["data"]["frozen"] == ["paper", "duration_ms"]
    assert "`extend`" in refused.json()["detail"]
    same = {"title": "New", "duration_ms": view["duration_ms"]}
    assert (await root.patch("/admin/exams/frozen-1", json=same)).json()["title"] == "New"
    exam = house.app.exams.get("frozen-1")
    assert exam is not None
    assert exam.title == "New"
    await root.post("/admin/exams/frozen-1/archive")
    refused = await root.patch("/admin/exams/frozen-1", json={"title": "Newer"})
    assert problem(refused) == (409, "frozen")
    assert problem(await root.post("/admin/exams/frozen-1/publish")) == (409, "frozen")


async def test_what_goes_on_in_an_exam_is_in_its_view(
    house: House, root: httpx.AsyncClient
) -> None:
    await made_exam(root, house, "busy-1")
    assert problem(await root.post("/admin/exams/busy-1/archive")) == (409, "conflict")
    await root.post("/admin/exams/busy-1/publish")
    everybody = {"attempts": "all", "reason": "alarm"}
    await root.post(
        "/exams/busy-1/acts/extend", json={"id": "x-1", **everybody, "extra_ms": 60_000}
    )
    await root.post("/exams/busy-1/acts/pause", json={"id": "x-2", **everybody})
    view = (await root.get("/admin/exams/busy-1")).json()
    assert view["granted_ms"] == 60_000
    assert view["paused_since"] is not None
    assert view["ended_at"] is None


# --- copied ---------------------------------------------------------------------------------------


async def test_a_copy_is_a_draft_of_the_same_terms_at_another_time(
    house: House, root: httpx.AsyncClient
) -> None:
    view = await made_exam(root, house, "real-1", grace_ms=1_234, takeover="refuse")
    people = {"candidates": [{"candidate": "c-1", "name": "Asha", "factor_permille": 1_250}]}
    await root.post("/admin/exams/real-1/candidates", json=people)
    await root.post("/admin/exams/real-1/publish")
    asked = {"exam": "real-2", "title": "Rehearsal", "opens_at": 5_000_000, "candidates": True}
    response = await root.post("/admin/exams/real-1/copy", json=asked)
    assert response.status_code == 201
    copy = response.json()
    assert (copy["status"], copy["title"], copy["frozen"]) == ("draft", "Rehearsal", [])
    for name in ("paper", "duration_ms", "grace_ms", "takeover", "late_policy"):
        assert copy[name] == view[name]
    moved = copy["opens_at"] - view["opens_at"]
    assert copy["opens_at"] == 5_000_000
    assert copy["window_end"] - view["window_end"] == copy["closes_at"] - view["closes_at"] == moved
    roll = (await root.get("/admin/exams/real-2/candidates")).json()["items"]
    assert [(c["name"], c["factor_permille"], c["attempt"]) for c in roll] == [
        ("Asha", 1_250, attempt_of("c-1", "real-2"))
    ]


async def test_a_copy_opens_now_if_nothing_is_said_and_takes_nobody_along(
    house: House, root: httpx.AsyncClient
) -> None:
    view = await made_exam(root, house, "now-1")
    copy = (await root.post("/admin/exams/now-1/copy", json={"exam": "now-2"})).json()
    assert (copy["title"], copy["candidates"]) == (view["title"], 0)
    assert abs(copy["opens_at"] - house.app.clock.now()) < 60_000
    taken = await root.post("/admin/exams/now-1/copy", json={"exam": "now-2"})
    assert problem(taken) == (409, "exists")
    assert "now-2" in detail(taken)
    nothing = await root.post("/admin/exams/nowhere/copy", json={"exam": "now-3"})
    assert problem(nothing) == (404, "not_found")


# --- timelines ------------------------------------------------------------------------------------


async def test_a_timeline_is_the_sockets(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    client = await enter(house, await house.candidate("hall-2"))
    await client.start()
    id_ = attempt_of(client.subject)
    act = {"id": f"t-{client.subject}", "attempts": [id_], "reason": "r", "extra_ms": 1_000}
    await root.post(f"/exams/{EXAM}/acts/extend", json=act)
    eva: Client = await enter(house, "eva", Role.EXAMINER)
    asked = {"attempt": id_, "since": 1, "limit": 1}
    told = await eva.ok("timeline", asked)
    path = f"/exams/{EXAM}/attempts/{id_}/timeline"
    got = (await root.get(f"{path}?since=1&limit=1")).json()
    assert got == told
    assert len((await root.get(path)).json()["facts"]) == 3
    other = await root.get(f"/exams/{OTHER_EXAM}/attempts/{id_}/timeline")
    assert problem(other) == (404, "not_found")
    async with calling(house, "ina", Role.EXAMINER, halls=frozenset({"hall-1"})) as ina:
        assert problem(await ina.get(path)) == (404, "not_found")
    async with calling(house, client.subject, Role.CANDIDATE) as own:
        assert problem(await own.get(path))[0] in (403, 404)

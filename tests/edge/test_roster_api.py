"""`/admin/exams/{exam}/candidates` over real connections: one by one, as lists, there and back."""

from typing import Any

import httpx

from protocol.types import Role
from tests.edge.calling import calling, detail, made_exam, problem
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

ROLL = """\
candidate,name,hall,group,factor,extension_min
c-1,Asha Rao,East,B1,1.25,10
c-2,Ravi,East,B1,1,0
c-3,=1+1,West,,1,0
c-4,Mina,West,,1,0
"""


async def taken(house: House, root: httpx.AsyncClient, exam: str, text: str = ROLL) -> str:
    """A published exam with this roll; the path of the roll."""
    await made_exam(root, house, exam)
    await root.post(f"/admin/exams/{exam}/publish")
    path = f"/admin/exams/{exam}/candidates"
    done = await root.post(f"{path}/import?commit", content=text)
    assert done.status_code == 200, done.text
    assert done.json()["committed"] is True
    return path


async def people(root: httpx.AsyncClient, path: str, query: str = "") -> list[str]:
    """The candidates of a page, in order."""
    response = await root.get(f"{path}{query}")
    assert response.status_code == 200, response.text
    return [each["candidate"] for each in response.json()["items"]]


async def somebody(root: httpx.AsyncClient, path: str, candidate: str) -> Any:
    """The row of one candidate."""
    items = (await root.get(f"{path}?q={candidate}")).json()["items"]
    (only,) = [each for each in items if each["candidate"] == candidate]
    return only


# --- lists ----------------------------------------------------------------------------------------


async def test_a_dry_run_says_what_a_commit_does(house: House, root: httpx.AsyncClient) -> None:
    await made_exam(root, house, "dry-1")
    path = "/admin/exams/dry-1/candidates"
    dry = (await root.post(f"{path}/import", content=ROLL)).json()
    assert dry == {
        "rows": 4, "new": 4, "changed": 0, "unchanged": 0, "errors": [], "warnings": [],
        "omitted": 0, "committed": False,
    }  # fmt: skip
    assert await people(root, path) == []
    done = (await root.post(f"{path}/import?commit=true", content=ROLL)).json()
    assert done == {**dry, "committed": True}
    assert await somebody(root, path, "c-1") == {
        "candidate": "c-1", "name": "Asha Rao", "hall": "East", "group": "B1",
        "factor_permille": 1_250, "extension_ms": 600_000, "attempt": attempt_of("c-1", "dry-1"),
        "state": "not_started",
    }  # fmt: skip
    again = (await root.post(f"{path}/import?commit=true", content=ROLL)).json()
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 4)
    other = ROLL.replace("Ravi", "Ravi Rao") + "c-5,,,,,\n"
    changed = (await root.post(f"{path}/import?commit=true", content=other)).json()
    assert (changed["new"], changed["changed"], changed["unchanged"]) == (1, 1, 3)
    assert (await somebody(root, path, "c-2"))["name"] == "Ravi Rao"


async def test_the_roll_comes_out_as_the_file_that_goes_in(
    house: House, root: httpx.AsyncClient
) -> None:
    path = await taken(house, root, "out-1")
    response = await root.get(f"{path}?format=csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "out-1-candidates.csv" in response.headers["content-disposition"]
    assert '"\'=1+1"' in response.text
    again = (await root.post(f"{path}/import?commit", content=response.content)).json()
    assert (again["unchanged"], again["changed"], again["errors"]) == (4, 0, [])
    assert "takes no other" in detail(await root.get(f"{path}?format=csv&hall=East"))


async def test_a_list_with_errors_registers_nobody_unless_the_bad_are_skipped(
    house: House, root: httpx.AsyncClient
) -> None:
    await made_exam(root, house, "bad-1")
    path = "/admin/exams/bad-1/candidates"
    text = "candidate,hall,factor,shoe size\nc 1,East,1,42\nc-2,East,9x,42\nc-3,East,1,42\n"
    refused = await root.post(f"{path}/import?commit", content=text)
    assert problem(refused) == (422, "import_failed")
    report = refused.json()["report"]
    assert [(e["line"], e["column"], e["code"]) for e in report["errors"]] == [
        (2, "candidate", "id_wrong"),
        (3, "factor", "number_wrong"),
    ]
    assert [w["column"] for w in report["warnings"]] == ["shoe size"]
    assert await people(root, path) == []
    dry = await root.post(f"{path}/import", content=text)
    assert (dry.status_code, dry.json()["errors"]) == (200, report["errors"])
    file = await root.post(f"{path}/import?report=csv", content=text)
    assert file.headers["content-type"].startswith("text/csv")
    assert len(file.text.splitlines()) == 4
    done = (await root.post(f"{path}/import?commit&skip_bad", content=text)).json()
    assert (done["committed"], done["new"]) == (True, 1)
    assert await people(root, path) == ["c-3"]


async def test_nobody_is_registered_where_there_is_no_exam(root: httpx.AsyncClient) -> None:
    for path in ("nowhere/candidates/import", "nowhere/candidates/import?commit"):
        refused = await root.post(f"/admin/exams/{path}", content=ROLL)
        assert problem(refused) == (404, "not_found")
        assert "nowhere" in detail(refused)
    assert problem(await root.get("/admin/exams/nowhere/candidates")) == (404, "not_found")


# --- the roll -------------------------------------------------------------------------------------


async def test_the_roll_is_searched_sorted_and_read_page_by_page(
    house: House, root: httpx.AsyncClient
) -> None:
    path = await taken(house, root, "roll-1")
    assert await people(root, path, "?hall=West") == ["c-3", "c-4"]
    assert await people(root, path, "?group=B1&sort=-candidate") == ["c-2", "c-1"]
    assert await people(root, path, "?group=") == ["c-3", "c-4"]
    assert await people(root, path, "?q=ASHA") == ["c-1"]
    assert await people(root, path, "?state=in_progress") == []
    for sort, order in {
        "candidate": "1234", "-candidate": "4321", "name": "3142", "-name": "2413",
        "hall": "1234", "-hall": "4321", "group": "3412", "-group": "2143",
    }.items():  # fmt: skip
        found, after = "", ""
        while True:
            page = (await root.get(f"{path}?sort={sort}&limit=3&after={after}")).json()
            assert page["total"] == 4
            found += "".join(each["candidate"][-1] for each in page["items"])
            if page["next"] is None:
                break
            after = page["next"]
        assert found == order, sort
    assert "?after=" in detail(await root.get(f"{path}?sort=name&after={after}"))


async def test_an_examiner_sees_the_halls_of_the_token_and_changes_nobody(house: House) -> None:
    path = f"/admin/exams/{EXAM}/candidates"
    async with calling(house, "eva", Role.EXAMINER, halls=frozenset({"hall-2"})) as eva:
        assert await people(eva, path) == ["mina"]
        assert await people(eva, path, "?hall=hall-1") == []
        assert "asha" not in (await eva.get(f"{path}?format=csv")).text
        for refused in (
            await eva.post(path, json={"candidates": [{"candidate": "x"}]}),
            await eva.post(f"{path}/import", content=ROLL),
            await eva.patch(f"{path}/mina", json={"hall": "hall-1"}),
            await eva.delete(f"{path}/mina"),
        ):
            assert problem(refused) == (403, "forbidden")
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get(path)) == (403, "forbidden")


# --- changed --------------------------------------------------------------------------------------


async def test_somebody_who_has_not_come_is_changed_and_taken_off(
    house: House, root: httpx.AsyncClient
) -> None:
    path = await taken(house, root, "come-1")
    change = {"name": "Asha R.", "hall": "North", "group": "Z", "factor_permille": 2_000}
    changed = (await root.patch(f"{path}/c-1", json=change)).json()
    assert {name: changed[name] for name in change} == change
    assert changed["extension_ms"] == 600_000
    assert changed == await somebody(root, path, "c-1")
    assert (await root.delete(f"{path}/c-1")).status_code == 204
    assert await people(root, path) == ["c-2", "c-3", "c-4"]
    gone = await root.delete(f"{path}/c-1")
    assert problem(gone) == (404, "not_found")
    assert "c-1 is not on the roll of come-1" in detail(gone)
    assert problem(await root.patch(f"{path}/c-1", json={})) == (404, "not_found")
    wrong = await root.patch(f"{path}/c-2", json={"factor_permille": 99})
    assert problem(wrong) == (400, "bad_request")


async def test_the_token_of_who_was_removed_is_useless(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    path = await taken(house, root, "gone-1")
    c_2 = await enter(house, "c-2", exams=frozenset({"gone-1"}))
    # somebody has looked at the attempt: it is at hand in this process and in Redis
    assert (await house.app.attempts.view(attempt_of("c-2", "gone-1"))).attempt is not None
    assert (await root.delete(f"{path}/c-2")).status_code == 204
    assert await c_2.refused("join", {"id": "j", "exam": "gone-1"}) == "not_found"
    async with calling(house, "c-2", Role.CANDIDATE, exams=frozenset({"gone-1"})) as own:
        assert (await own.get("/my/exams")).json() == {"items": []}
        assert problem(await own.get("/my/exams/gone-1/result")) == (404, "not_found")
    # put on again, it is as if nothing had been
    await root.post(path, json={"candidates": [{"candidate": "c-2", "name": "Back"}]})
    assert (await c_2.join("gone-1"))["state"] == "not_started"
    assert (await somebody(root, path, "c-2"))["name"] == "Back"


async def test_more_time_for_who_waits_at_the_door_counts_when_the_clock_starts(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    path = await taken(house, root, "door-1")
    c_2 = await enter(house, "c-2", exams=frozenset({"door-1"}))
    await c_2.join("door-1")
    changed = await root.patch(f"{path}/c-2", json={"factor_permille": 1_500, "hall": "North"})
    assert changed.status_code == 200, changed.text
    assert problem(await root.delete(f"{path}/c-2")) == (409, "conflict")
    duration = (await root.get("/admin/exams/door-1")).json()["duration_ms"]
    before = house.app.clock.now()
    start = await c_2.ok("start", {"id": "s"})
    given = start["deadline"] - before
    assert abs(given - duration * 1.5) < 60_000
    attempt = (await house.app.attempts.view(attempt_of("c-2", "door-1"))).attempt
    assert attempt is not None
    assert (attempt.seat.hall, attempt.seat.factor_permille) == ("North", 1_500)


async def test_who_has_started_keeps_the_seat_and_is_told_what_to_do(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    path = await taken(house, root, "sit-1")
    c_1 = await enter(house, "c-1", exams=frozenset({"sit-1"}))
    await c_1.join("sit-1")
    await c_1.ok("start", {"id": "s"})
    more = await root.patch(f"{path}/c-1", json={"factor_permille": 2_000})
    assert problem(more) == (409, "already_started")
    assert "`extend` instead" in detail(more)
    moved = await root.patch(f"{path}/c-1", json={"hall": "North"})
    assert problem(moved) == (409, "already_started")
    assert "keeps the seat" in detail(moved)
    gone = await root.delete(f"{path}/c-1")
    assert problem(gone) == (409, "conflict")
    assert "has started" in detail(gone)
    same = await root.patch(f"{path}/c-1", json={"hall": "East"})
    assert same.json()["state"] == "in_progress"
    text = ROLL.replace("1.25,10", "2,10")
    report = (await root.post(f"{path}/import", content=text)).json()
    (error,) = report["errors"]
    assert (error["line"], error["column"], error["code"]) == (2, "factor", "already_started")
    assert await people(root, path, "?state=in_progress") == ["c-1"]


async def test_a_list_changes_who_waits_at_the_door_too(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    path = await taken(house, root, "list-1")
    c_3 = await enter(house, "c-3", exams=frozenset({"list-1"}))
    await c_3.join("list-1")
    text = ROLL.replace("West,,1,0", "West,,2,0") + "c-9,New,West,,1,0\n"
    done = (await root.post(f"{path}/import?commit", content=text)).json()
    assert (done["new"], done["changed"], done["unchanged"]) == (1, 2, 2)
    for who in ("c-3", "c-4"):
        assert (await somebody(root, path, who))["factor_permille"] == 2_000
    start = await c_3.ok("start", {"id": "s"})
    assert start["deadline"] - house.app.clock.now() > 50 * 60_000

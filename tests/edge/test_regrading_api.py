"""Rulings, regrades, history and reverting over HTTP."""

import httpx

from protocol.types import Role
from tests.edge.calling import calling, problem
from tests.edge.grading import graded, row_of, sat
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

ONE = f"/admin/exams/{EXAM}"


async def test_a_faulty_item_is_ruled_about_previewed_regraded_and_reverted(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    _, attempt = await sat(house, enter, {"q3": False})
    before = await graded(root, attempt)
    said = {"item": "q3", "rule": "full_to_attempted", "reason": "two are right"}
    ruled = await root.post(f"{ONE}/rulings", json=said)
    assert (ruled.status_code, ruled.json()) == (201, {"proposed": 1})
    (ruling,) = (await root.get(f"{ONE}/rulings")).json()["items"]
    assert (ruling["item"], ruling["rule"], ruling["ruled_by"]) == (
        "q3",
        "full_to_attempted",
        "admin:root",
    )
    preview = (await root.get(f"{ONE}/regrades")).json()
    (change,) = preview["items"]
    assert (change["attempt"], change["before"], change["items"]) == (
        attempt,
        before["whole"]["total"],
        ["q3"],
    )
    assert (await row_of(root, attempt))["grading"] == "regrade_proposed"
    done = await root.post(f"{ONE}/regrades", json={"reason": "ruled", "attempts": [attempt]})
    assert done.json() == {"regraded": 1}
    assert (await row_of(root, attempt))["whole"]["total"] == change["after"]

    path = f"/admin/attempts/{attempt}"
    history = (await root.get(f"{path}/results")).json()
    assert [(one["revision"], one["made_by"]) for one in history["items"]] == [
        (1, "machine"),
        (2, "admin:root"),
    ]
    reverted = await root.post(f"{path}/revert", json={"revision": 1, "reason": "it was right"})
    assert (reverted.json()["revision"], reverted.json()["reason"]) == (3, "it was right")
    assert (await row_of(root, attempt))["whole"] == before["whole"]
    missing = await root.post(f"{path}/revert", json={"revision": 9, "reason": "x"})
    assert problem(missing) == (404, "not_found")
    withdrawn = {"item": "q3", "rule": None, "reason": "taken back"}
    assert (await root.post(f"{ONE}/rulings", json=withdrawn)).json() == {"proposed": 1}
    assert (await root.post(f"{ONE}/regrades", json={"reason": "back"})).json() == {"regraded": 1}


async def test_what_is_said_must_be_said_with_a_reason(root: httpx.AsyncClient) -> None:
    for path, body in (
        ("rulings", {"item": "q3", "rule": "dropped"}),
        ("rulings", {"item": "q3", "rule": "dropped", "reason": ""}),
        ("rulings", {"item": "q3", "reason": "no rule"}),
        ("rulings", {"item": "q3", "rule": "ignored", "reason": "x"}),
        ("regrades", {}),
    ):
        assert problem(await root.post(f"{ONE}/{path}", json=body)) == (400, "bad_request")
    unknown = {"item": "q99", "rule": "dropped", "reason": "x"}
    assert problem(await root.post(f"{ONE}/rulings", json=unknown)) == (422, "unknown_item")


async def test_an_examiner_regrades_what_is_proposed_but_rules_about_nothing(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    _, attempt = await sat(house, enter, {"q3": False}, hall="hall-2")
    await graded(root, attempt)
    said = {"item": "q3", "rule": "full_to_all", "reason": "faulty"}
    async with calling(house, "eva", Role.EXAMINER, halls=frozenset({"hall-1"})) as eva:
        assert problem(await eva.post(f"{ONE}/rulings", json=said)) == (403, "forbidden")
        await root.post(f"{ONE}/rulings", json=said)
        assert attempt not in str((await eva.get(f"{ONE}/regrades")).json())
        named = {"reason": "x", "attempts": [attempt]}
        assert (await eva.post(f"{ONE}/regrades", json=named)).json() == {"regraded": 0}
        revert = {"revision": 1, "reason": "x"}
        path = f"/admin/attempts/{attempt}"
        assert problem(await eva.post(f"{path}/revert", json=revert)) == (404, "not_found")
        assert problem(await eva.get(f"{path}/results")) == (404, "not_found")
    async with calling(house, "ian", Role.EXAMINER, halls=frozenset({"hall-2"})) as ian:
        assert (await ian.post(f"{ONE}/regrades", json=named)).json() == {"regraded": 1}
        assert len((await ian.get(f"{path}/results")).json()["items"]) == 2


async def test_the_history_of_an_attempt_is_for_those_who_may_read_its_exam(house: House) -> None:
    path = f"/admin/attempts/{attempt_of('asha')}/results"
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get(path)) == (403, "forbidden")
    async with calling(house, "eva", Role.EXAMINER, exams=frozenset({"exam-2"})) as eva:
        assert problem(await eva.get(path)) == (404, "not_found")
    async with calling(house, "eva", Role.EXAMINER) as eva:
        assert (await eva.get(path)).json() == {"items": [], "total": 0}
        assert problem(await eva.get("/admin/attempts/a-nobody/results")) == (404, "not_found")

"""Marking over HTTP: a queue without names, marks for what was read, within one's halls."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from protocol.types import Role
from tests.edge.calling import calling, detail, problem
from tests.edge.grading import RIGHT, graded, sat
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter
from tests.services.sittings import ESSAY

MARKING = f"/admin/exams/{EXAM}/marking"


@pytest.fixture
async def eva(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An examiner's client, for all halls of exam-1."""
    async with calling(house, "eva", Role.EXAMINER) as client:
        yield client


async def waiting(client: httpx.AsyncClient, attempt: str, query: str = "") -> list[Any]:
    """What waits of an attempt."""
    response = await client.get(f"{MARKING}?limit=200{query}")
    assert response.status_code == 200, response.text
    return [one for one in response.json()["items"] if one["attempt"] == attempt]


async def test_an_essay_is_marked_without_knowing_whose_it_is(
    house: House, eva: httpx.AsyncClient, enter: Enter
) -> None:
    who, attempt = await sat(house, enter, RIGHT)
    await graded(eva, attempt, "pending")
    (one,) = await waiting(eva, attempt)
    assert (one["item"], one["response"], one["kind"]) == ("q6", ESSAY, "long_text")
    assert one["guidance"]
    assert "candidate" not in one
    assert "name" not in one
    (named,) = await waiting(eva, attempt, "&names")
    assert (named["candidate"], named["name"]) == (who, who.upper())
    given = {"attempt": attempt, "item": "q6", "marks": "3.5", "note": "no clouds"}
    result = await eva.post(MARKING, json={**given, "fingerprint": one["fingerprint"]})
    said = result.json()
    assert (said["revision"], said["made_by"], said["whole"]["total"]) == (
        2,
        "examiner:eva",
        "7.5",
    )
    assert await waiting(eva, attempt) == []
    assert (await graded(eva, attempt))["revision"] == 2


async def test_the_queue_goes_on_page_by_page(
    house: House, eva: httpx.AsyncClient, enter: Enter
) -> None:
    mine = {(await sat(house, enter, RIGHT))[1] for _ in range(3)}
    for attempt in mine:
        await graded(eva, attempt, "pending")
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await eva.get(f"{MARKING}?item=q6&limit=1&after={after}")).json()
        found += [one["attempt"] for one in page["items"]]
        after = page["next"]
    assert mine <= set(found)
    assert len(found) == len(set(found)) == page["total"]
    assert "next" in detail(await eva.get(f"{MARKING}?after=nonsense"))


async def test_marks_that_cannot_be_are_refused(
    house: House, eva: httpx.AsyncClient, enter: Enter
) -> None:
    _, attempt = await sat(house, enter, RIGHT)
    await graded(eva, attempt, "pending")
    good = {"attempt": attempt, "item": "q6", "marks": "1"}
    for bad, status, code in (
        ({"marks": "99"}, 400, "bad_request"),
        ({"marks": "many"}, 400, "bad_request"),
        ({"item": "q99"}, 422, "unknown_item"),
        ({"item": "q1"}, 400, "bad_request"),
        ({"attempt": "a-nobody"}, 404, "not_found"),
        ({"fingerprint": "0" * 32}, 409, "conflict"),
    ):
        assert problem(await eva.post(MARKING, json={**good, **bad})) == (status, code)


async def test_an_examiner_of_a_hall_marks_that_hall(
    house: House, eva: httpx.AsyncClient, enter: Enter
) -> None:
    _, here = await sat(house, enter, RIGHT, hall="hall-2")
    _, there = await sat(house, enter, RIGHT, hall="hall-1")
    await graded(eva, here, "pending")
    await graded(eva, there, "pending")
    async with calling(house, "ian", Role.EXAMINER, halls=frozenset({"hall-2"})) as ian:
        assert len(await waiting(ian, here)) == 1
        assert await waiting(ian, there) == []
        refused = await ian.post(MARKING, json={"attempt": there, "item": "q6", "marks": "1"})
        assert problem(refused) == (404, "not_found")
        done = await ian.post(MARKING, json={"attempt": here, "item": "q6", "marks": "1"})
        assert done.status_code == 200


async def test_an_attempt_of_another_exam_cannot_be_marked_through_this_one(
    house: House, eva: httpx.AsyncClient
) -> None:
    omar = {"attempt": attempt_of("omar", "exam-2"), "item": "q6", "marks": "1"}
    assert problem(await eva.post(MARKING, json=omar)) == (404, "not_found")

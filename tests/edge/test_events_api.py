"""`GET /events` over real connections: what happened, in order, for whoever may hear of it."""

import asyncio
from typing import Any

import httpx
import pytest

from protocol.types import Role
from tests.edge.calling import calling, detail, problem
from tests.edge.grading import graded, sat
from tests.edge.house import EXAM, OTHER_EXAM, READY_S, House
from tests.edge.rooms_to_let import Enter


async def heard(client: httpx.AsyncClient, attempt: str, count: int, query: str = "") -> list[Any]:
    """So many events of an attempt, read from the beginning; a TimeoutError if they never come."""
    async with asyncio.timeout(READY_S):
        while True:
            said = (await client.get(f"/events?limit=1000{query}")).json()
            found = [event for event in said["events"] if event["subject"] == attempt]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)


async def test_what_a_candidate_did_and_what_became_of_it_is_heard_in_order(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    who, attempt = await sat(house, enter, {"q3": True})
    await graded(root, attempt)
    await heard(root, attempt, 2)  # facts and results are published apart
    await root.post(f"/admin/exams/{EXAM}/release", json={"attempts": [attempt]})
    await root.post(f"/admin/exams/{EXAM}/withdraw", json={"attempts": [attempt]})
    events = await heard(root, attempt, 4)
    assert [event["type"] for event in events] == [
        "attempt.submitted",
        "attempt.closed",
        "results.released",
        "results.withdrawn",
    ]
    closed, released = events[1], events[2]
    assert (closed["specversion"], closed["source"]) == ("1.0", f"/exams/{EXAM}")
    assert closed["datacontenttype"] == "application/json"
    assert closed["time"].endswith("Z")
    assert (closed["data"]["candidate"], closed["data"]["state"]) == (who, "submitted")
    assert (released["data"]["total"], released["data"]["reveal"]) == ("4", "outcomes")
    assert len({event["id"] for event in events}) == 4
    only = await heard(root, attempt, 1, "&types=results.released,results.withdrawn")
    assert [event["type"] for event in only] == ["results.released", "results.withdrawn"]


async def test_a_cursor_goes_on_from_where_it_was(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    _, attempt = await sat(house, enter, {})
    await heard(root, attempt, 2)
    latest = (await root.get("/events?after=latest")).json()
    assert latest["events"] == []
    whole = (await root.get("/events?limit=1000")).json()
    assert whole["next"] == latest["next"]
    found: list[Any] = []
    after = "0"
    while after != latest["next"]:
        part = (await root.get(f"/events?after={after}&limit=1")).json()
        found += part["events"]
        after = part["next"]
    assert found == whole["events"]
    _, later = await sat(house, enter, {})
    assert [event["subject"] for event in await heard(root, later, 2, f"&after={after}")] == [
        later,
        later,
    ]


async def test_each_hears_of_his_own_exams_and_halls(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    _, east = await sat(house, enter, {}, hall="hall-1")
    _, west = await sat(house, enter, {}, hall="hall-2")
    await heard(root, east, 2)
    await heard(root, west, 2)
    async with calling(house, "eva", Role.EXAMINER) as eva:
        assert await heard(eva, east, 2)
        assert await heard(eva, west, 2)
    async with calling(house, "ian", Role.EXAMINER, halls=frozenset({"hall-2"})) as ian:
        events = (await ian.get("/events?limit=1000")).json()["events"]
        assert west in [event["subject"] for event in events]
        assert east not in [event["subject"] for event in events]
    async with calling(house, "una", Role.EXAMINER, exams=frozenset({OTHER_EXAM})) as una:
        assert (await una.get("/events")).json()["events"] == []


async def test_who_may_not_hear_does_not(house: House) -> None:
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get("/events")) == (403, "forbidden")
    async with calling(house, "eva", Role.EXAMINER, exams=frozenset()) as eva:
        assert problem(await eva.get("/events")) == (403, "forbidden")
    async with httpx.AsyncClient(base_url=house.url) as nobody:
        assert problem(await nobody.get("/events")) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("types=attempt.begun", "attempt.closed"),
        ("types=", "attempt.closed"),
        ("after=yesterday", "next"),
        ("after=999999", "beyond"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("since=5", "after"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    root: httpx.AsyncClient, query: str, says: str
) -> None:
    response = await root.get(f"/events?{query}")
    assert problem(response) == (400, "bad_request")
    assert says in detail(response)


async def test_a_cursor_from_before_what_is_kept_is_gone_and_says_where_to_go_on(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    _, attempt = await sat(house, enter, {})
    await heard(root, attempt, 2)
    await house.app.pool.execute("UPDATE events SET at = 0")
    await house.app.events.forget()
    response = await root.get("/events?after=1")
    assert problem(response) == (410, "not_found")
    (oldest,) = response.json()["data"]["oldest"]
    assert (await root.get(f"/events?after={oldest}")).json() == {"events": [], "next": oldest}

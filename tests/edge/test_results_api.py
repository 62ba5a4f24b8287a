"""Results over HTTP: table, release and withdrawal, for those who may and within their halls."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from examsync.edge.api.results import begun
from examsync.errors import Unavailable
from protocol.types import Role
from tests.edge.calling import calling, detail, problem
from tests.edge.grading import RIGHT, graded, row_of, sat
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

ONE = f"/admin/exams/{EXAM}"
HALL = frozenset({"hall-2"})


async def test_the_table_is_sorted_and_filtered_as_asked(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    good, one = await sat(house, enter, {"q3": True})
    bad, two = await sat(house, enter, {"q3": False}, hall="hall-2")
    await graded(root, one)
    await graded(root, two)

    async def listed(query: str) -> list[str]:
        response = await root.get(f"{ONE}/results{query}")
        assert response.status_code == 200, response.text
        return [row["candidate"] for row in response.json() if row["candidate"] in (good, bad)]

    assert await listed("") == [good, bad]
    assert await listed("?sort=total") == [bad, good]
    assert await listed("?hall=hall-2") == [bad]
    assert await listed("?state=submitted&grading=graded&sort=hall") == [good, bad]
    assert await listed("?state=absent") == []
    assert await listed(f"?q={good.upper()}") == [good]
    csv = await root.get(f"{ONE}/results?format=csv&hall=hall-2&state=submitted")
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert bad in csv.text
    assert f'"{good}"' not in csv.text


async def test_an_export_that_cannot_begin_is_a_problem_and_no_broken_stream() -> None:
    async def away() -> AsyncIterator[bytes]:
        for chunk in (b"",):
            if not chunk:
                raise Unavailable("Postgres is starting up")
            yield chunk

    async def three() -> AsyncIterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            yield chunk

    with pytest.raises(Unavailable):
        await begun(away())
    assert [chunk async for chunk in await begun(three())] == [b"one", b"two", b"three"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?sort=beauty", "candidate"),
        ("?state=asleep", "submitted"),
        ("?grading=yes", "regrade_proposed"),
        ("?format=xml", "csv"),
        ("?stat=submitted", "did you mean state"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_naming_what_can(
    root: httpx.AsyncClient, query: str, says: str
) -> None:
    assert says in detail(await root.get(f"{ONE}/results{query}"))


async def test_results_are_released_in_part_and_withdrawn_again(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    who, attempt = await sat(house, enter, {"q3": True})
    _, other = await sat(house, enter, {"q3": True})
    await graded(root, attempt)
    await graded(root, other)
    said = {"reveal": "total", "attempts": [attempt], "reason": "asked for"}
    done = (await root.post(f"{ONE}/release", json=said)).json()
    assert done == {"released": [attempt], "ungraded": 0, "regrade_proposed": 0}
    assert (await row_of(root, attempt))["grading"] == "released"
    assert (await row_of(root, other))["grading"] == "graded"
    shown = await house.app.results.releasing.shown(attempt)
    assert shown.items is None
    hidden = await root.post(f"{ONE}/withdraw", json={"attempts": [attempt], "reason": "oh"})
    assert hidden.json() == {"withdrawn": [attempt]}
    assert (await row_of(root, attempt))["grading"] == "graded"
    notes = (await root.get(f"{ONE}/releases")).json()["items"]
    assert [(note["kind"], note["reveal"], note["reason"]) for note in notes[:2]] == [
        ("withdrawn", None, "oh"),
        ("released", "total", "asked for"),
    ]
    assert notes[0]["done_by"] == "admin:root"
    assert who


async def test_a_withdrawal_without_a_body_is_of_all(root: httpx.AsyncClient) -> None:
    assert (await root.post(f"{ONE}/release")).status_code == 200
    assert (await root.post(f"{ONE}/withdraw")).status_code == 200
    assert (await root.post(f"{ONE}/withdraw")).json() == {"withdrawn": []}


async def test_attempts_of_another_exam_are_not_released_here(root: httpx.AsyncClient) -> None:
    omar = attempt_of("omar", OTHER_EXAM)
    refused = await root.post(f"{ONE}/release", json={"attempts": [omar]})
    assert problem(refused) == (404, "not_found")
    assert refused.json()["data"] == {"attempts": [omar]}
    bodies: list[Any] = [{"attempts": []}, {"reveal": "all"}, {"attempts": ["a b"]}]
    for body in bodies:
        response = await root.post(f"{ONE}/release", json=body)
        assert problem(response) == (400, "bad_request")


async def test_an_examiner_of_a_hall_sees_its_results_and_releases_none(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    mine, attempt = await sat(house, enter, RIGHT, hall="hall-2")
    other, elsewhere = await sat(house, enter, RIGHT, hall="hall-1")
    async with calling(house, "eva", Role.EXAMINER, halls=HALL) as eva:
        rows = (await eva.get(f"{ONE}/results")).json()
        assert {row["hall"] for row in rows} == {"hall-2"}
        text = (await eva.get(f"{ONE}/results?format=csv")).text
        assert mine in text
        assert f'"{other}"' not in text
        assert problem(await eva.post(f"{ONE}/release")) == (403, "forbidden")
        assert problem(await eva.post(f"{ONE}/withdraw")) == (403, "forbidden")
        assert problem(await eva.get(f"{ONE}/releases")) == (403, "forbidden")
        assert problem(await eva.get(f"/admin/exams/{OTHER_EXAM}/results")) == (403, "forbidden")
        assert problem(await eva.get(f"/admin/attempts/{elsewhere}/results"))[0] == 404
    assert attempt


@pytest.mark.parametrize("path", ["results", "releases", "marking", "rulings", "regrades"])
async def test_candidates_and_strangers_read_none_of_it(house: House, path: str) -> None:
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get(f"{ONE}/{path}")) == (403, "forbidden")
    async with httpx.AsyncClient(base_url=house.url) as nobody:
        assert problem(await nobody.get(f"{ONE}/{path}")) == (401, "unauthorized")

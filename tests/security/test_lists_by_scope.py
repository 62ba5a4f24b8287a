"""Lists are open to examiners, each within its token (E2, E16): what lies outside of the exams and
halls named there is neither shown nor counted nor found by any query.
"""

from typing import Any

import pytest

from protocol.types import Role
from tests.edge.calling import calling, problem
from tests.edge.house import EXAM, OTHER_EXAM, House

EXAMS = "/admin/exams"
RESULTS = f"/admin/exams/{EXAM}/results"
NO_EXAM: dict[str, Any] = {"exams": frozenset()}
FOREIGN: dict[str, Any] = {"exams": frozenset({OTHER_EXAM})}
NO_HALL_THERE: dict[str, Any] = {"halls": frozenset({"hall-9"})}
ONE_HALL: dict[str, Any] = {"halls": frozenset({"hall-2"})}


async def shown(house: House, query: str = "", **scope: Any) -> tuple[list[str], int]:
    """Which exams an examiner with this scope is shown, and how many are said to be there."""
    async with calling(house, "eve", Role.EXAMINER, **scope) as eve:
        page = (await eve.get(f"{EXAMS}{query}")).json()
    assert page["next"] is None
    return [each["exam"] for each in page["items"]], page["total"]


QUERIES = [
    "",
    "?q=exam",
    f"?q={EXAM}",
    "?status=published",
    "?sort=exam&limit=1000",
    "?sort=-title",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_an_examiner_is_shown_the_exams_of_the_token_and_no_other(
    house: House, query: str
) -> None:
    assert await shown(house, query, **NO_EXAM) == ([], 0)
    assert EXAM not in (await shown(house, query, **FOREIGN))[0]
    assert OTHER_EXAM not in (await shown(house, query))[0]
    assert await shown(house, query) == ([EXAM], 1)


async def test_a_cursor_of_somebody_with_all_exams_shows_no_more(house: House) -> None:
    async with calling(house) as root:
        cursor = (await root.get(f"{EXAMS}?sort=exam&limit=1")).json()["next"]
    assert await shown(house, f"?sort=exam&after={cursor}", **NO_EXAM) == ([], 0)
    assert (await shown(house, f"?sort=exam&after={cursor}"))[0] == []


async def test_candidates_of_other_halls_are_not_counted(house: House) -> None:
    counts = {}
    for name, scope in {"all": {}, "one": ONE_HALL, "none": NO_HALL_THERE}.items():
        async with calling(house, "eve", Role.EXAMINER, **scope) as eve:
            (only,) = (await eve.get(EXAMS)).json()["items"]
            view = (await eve.get(f"{EXAMS}/{EXAM}")).json()
        assert only["candidates"] == view["candidates"] == sum(only["states"].values())
        counts[name] = only["candidates"]
    assert counts["all"] > counts["one"] == 1 > counts["none"] == 0


async def test_lists_of_exams_are_for_staff(house: House) -> None:
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get(EXAMS)) == (403, "forbidden")


@pytest.mark.parametrize("scope", [NO_EXAM, FOREIGN], ids=["no exam", "another exam"])
@pytest.mark.parametrize("path", ["export", "results", "results?format=csv", "candidates"])
async def test_who_has_not_the_exam_reads_nothing_of_it(
    house: House, path: str, scope: dict[str, Any]
) -> None:
    async with calling(house, "eve", Role.EXAMINER, **scope) as eve:
        assert problem(await eve.get(f"{EXAMS}/{EXAM}/{path}")) == (403, "forbidden")
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        assert problem(await asha.get(f"{EXAMS}/{EXAM}/{path}")) == (403, "forbidden")


async def halls_seen(house: House, query: str = "", **scope: Any) -> list[str]:
    """The halls of the results that such an examiner reads, one for each row."""
    async with calling(house, "eve", Role.EXAMINER, **scope) as eve:
        response = await eve.get(f"{RESULTS}{query}")
        assert response.status_code == 200
        return [row["hall"] for row in response.json()]


async def test_results_are_of_ones_halls_whatever_is_asked(house: House) -> None:
    assert sorted(await halls_seen(house)) == ["hall-1", "hall-1", "hall-2"]
    for query in ("", "?hall=hall-2", "?q=mina", "?sort=hall"):
        assert await halls_seen(house, query, **ONE_HALL) == ["hall-2"]
    for query in ("", "?hall=hall-1", "?q=asha", "?sort=candidate"):
        assert await halls_seen(house, query, **NO_HALL_THERE) == []
    for query in ("?hall=hall-1", "?q=asha"):
        assert await halls_seen(house, query, **ONE_HALL) == []


async def test_the_file_of_results_is_kept_to_halls_too(house: House) -> None:
    async with calling(house, "eve", Role.EXAMINER, **NO_HALL_THERE) as eve:
        lines = (await eve.get(f"{RESULTS}?format=csv")).text.splitlines()
    assert len(lines) == 1, "the heading alone"


async def test_the_export_is_for_who_has_all_halls(house: House) -> None:
    """It is one file of everything, so there is no part of it for a hall."""
    for scope in (ONE_HALL, NO_HALL_THERE):
        async with calling(house, "eve", Role.EXAMINER, **scope) as eve:
            assert problem(await eve.get(f"{EXAMS}/{EXAM}/export")) == (403, "forbidden")

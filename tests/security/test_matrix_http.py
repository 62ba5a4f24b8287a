"""Every HTTP route, by two candidates, two examiners and an admin, on ids that are not theirs (E2,
E8, E16): each is refused with the right problem, and not a byte of the state is another.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
import pytest_asyncio

from protocol.types import Role
from tests.edge.calling import calling
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.security.matrix import ROUTES, Row, Whose, table_path
from tests.security.scenes import Scene, changed, sent, staged, state, struck

Answer = tuple[int, str]
FORBIDDEN: Answer = (403, "forbidden")
NOT_FOUND: Answer = (404, "not_found")
OTTO: dict[str, Any] = {"exams": frozenset({OTHER_EXAM})}
"""An examiner of exam-2, all of it."""
EVA: dict[str, Any] = {"exams": frozenset({EXAM}), "halls": frozenset({"hall-1"})}
"""An examiner of exam-1, kept to hall-1: mina sits in hall-2."""
ACTS = "/exams/{exam}/acts/"
MINE = ("mina", "Mina", attempt_of("mina"), "hall-2")
"""How anything about mina would be told."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(house: House) -> AsyncIterator[Scene]:
    """One scene for all tests here: none of them may change it."""
    found = await staged(house)
    yield found
    await struck(found)


def rows(*whose: Whose) -> Iterable[tuple[tuple[str, str], Row]]:
    return [(key, row) for key, row in ROUTES.items() if row.whose in whose]


STAFFS = (Whose.LISTS, Whose.HALLS, Whose.EXAM, Whose.ATTEMPT, Whose.ADMINS)


def told(response: httpx.Response) -> Answer:
    """Status and code. An act says of each attempt why it was not done; a regrade of what is
    proposed among some attempts says how many those were."""
    body = response.json()
    if response.status_code == 200 and "not_done" in body:
        assert body["done"] == []
        (not_done,) = body["not_done"]
        return 200, not_done["problem"]["code"]
    if body == {"regraded": 0}:
        return 200, "nothing"
    return response.status_code, body.get("code", "") if isinstance(body, dict) else ""


async def test_every_route_is_in_the_matrix(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    routed = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {(method, table_path(path)) for method, path in ROUTES} == routed


async def test_whatever_asks_for_no_token_of_ours_knows_of_nobody(scene: Scene) -> None:
    async with httpx.AsyncClient(base_url=scene.house.url) as nobody:
        for (method, path), _ in rows(Whose.ANYBODY):
            text = (await nobody.request(method, path)).text
            ids = [attempt_of("omar", OTHER_EXAM), *map(attempt_of, ("asha", "ravi", "mina"))]
            assert not [each for each in (*ids, "Omar", "theirs") if each in text], path


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_token_nothing_else_is_told(scene: Scene, method: str) -> None:
    before = await state(scene.house)
    async with httpx.AsyncClient(base_url=scene.house.url) as nobody:
        for key, row in rows(*STAFFS, Whose.CANDIDATES, Whose.ONESELF):
            if key[0] == method:
                response = await sent(nobody, key, row, scene.at("mina"))
                assert told(response) == (401, "unauthorized"), key
    assert changed(before, await state(scene.house)) == []


TARGETS = {"oneself": ("asha", EXAM), "another": ("mina", EXAM), "elsewhere": ("omar", OTHER_EXAM)}


@pytest.mark.parametrize("who", ["asha", "omar"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_candidate_uses_no_route_of_staff_on_anybody(
    scene: Scene, who: str, target: str
) -> None:
    before = await state(scene.house)
    own = EXAM if who == "asha" else OTHER_EXAM
    async with calling(scene.house, who, Role.CANDIDATE, exams=frozenset({own})) as thief:
        for key, row in rows(*STAFFS):
            response = await sent(thief, key, row, scene.at(*TARGETS[target]))
            assert told(response) == FORBIDDEN, key
    assert changed(before, await state(scene.house)) == []


@pytest.mark.parametrize(("whom", "exam"), [("mina", EXAM), ("ravi", EXAM), ("omar", OTHER_EXAM)])
async def test_a_candidate_sends_nothing_into_an_attempt_of_another(
    scene: Scene, whom: str, exam: str
) -> None:
    before = await state(scene.house)
    key = ("POST", "/attempts/{attempt}/sync")
    async with calling(scene.house, "asha", Role.CANDIDATE) as thief:
        for through in (EXAM, OTHER_EXAM):  # the exam that the join names
            aim = {**scene.at(whom, exam), "exam": through}
            refused = told(await sent(thief, key, ROUTES[key], aim))
            assert refused == (FORBIDDEN if through == OTHER_EXAM else NOT_FOUND)
    assert changed(before, await state(scene.house)) == []


@pytest.mark.parametrize(("who", "other"), [("asha", OTHER_EXAM), ("omar", EXAM)])
async def test_a_candidate_reads_of_itself_alone(scene: Scene, who: str, other: str) -> None:
    mine = frozenset({EXAM, OTHER_EXAM} - {other})
    async with calling(scene.house, who, Role.CANDIDATE, exams=mine) as candidate:
        refused = await candidate.get(f"/my/exams/{other}/result")
        assert told(refused) == FORBIDDEN
        text = (await candidate.get("/my/exams")).text + (await candidate.get("/me")).text
    others = {"asha", "ravi", "mina", "omar"} - {who}
    hidden = [*others, *(attempt_of(n, e) for n in others for e in (EXAM, OTHER_EXAM)), other]
    assert [name for name in hidden if name in text] == []


async def test_a_candidate_whose_token_names_an_exam_of_others_finds_no_seat_there(
    scene: Scene,
) -> None:
    """A token may name it; it is the roll that says who sits."""
    async with calling(scene.house, "omar", Role.CANDIDATE, exams=frozenset({EXAM})) as omar:
        assert (await omar.get("/my/exams")).json()["items"] == []
        assert told(await omar.get(f"/my/exams/{EXAM}/result"))[0] == 404


def of_another_exam(key: tuple[str, str], row: Row) -> set[Answer]:
    """What an examiner of another exam meets."""
    if row.whose is Whose.ATTEMPT and "{exam}" not in key[1]:
        return {NOT_FOUND}
    if key[1].endswith("/timeline"):
        return {NOT_FOUND}
    return {FORBIDDEN}


@pytest.mark.parametrize("who", ["asha", "ravi", "mina"])
async def test_an_examiner_of_another_exam_uses_no_route_on_this_one(
    scene: Scene, who: str
) -> None:
    before = await state(scene.house)
    async with calling(scene.house, "otto", Role.EXAMINER, **OTTO) as otto:
        for key, row in rows(*STAFFS, Whose.CANDIDATES):
            response = await sent(otto, key, row, scene.at(who))
            if row.whose is Whose.LISTS:
                assert not [name for name in (EXAM, who, *MINE) if name in response.text], key
            else:
                assert told(response) in of_another_exam(key, row), key
    assert changed(before, await state(scene.house)) == []


def within_a_reply(key: tuple[str, str], code: str) -> set[Answer]:
    """What is told of an attempt that a body names, by who may use the route itself."""
    if key[1].startswith(ACTS):
        return {(200, code)}
    return {(200, "nothing")} if key[1].endswith("/regrades") else {NOT_FOUND}


async def test_an_attempt_is_not_reached_through_an_exam_that_is_ones_own(scene: Scene) -> None:
    """Neither by who examines that exam, nor by an admin, who has both."""
    before = await state(scene.house)
    people: list[tuple[str, Role, dict[str, Any]]] = [
        ("otto", Role.EXAMINER, OTTO),
        ("root", Role.ADMIN, {}),
    ]
    for who, role, scope in people:
        async with calling(scene.house, who, role, **scope) as staff:
            for key, row in rows(Whose.ATTEMPT):
                if "{exam}" not in key[1]:
                    continue
                aim = scene.at("mina", OTHER_EXAM, attempt=attempt_of("mina"))
                answer = told(await sent(staff, key, row, aim))
                assert answer in within_a_reply(key, "not_found"), (who, key)
    assert changed(before, await state(scene.house)) == []


RELEASES = [("POST", "/admin/exams/{exam}/release"), ("POST", "/admin/exams/{exam}/withdraw")]
PLACES = [(m, "/admin/exams/{exam}/candidates/{candidate}") for m in ("PATCH", "DELETE")]
OFFICES = [("POST", "/admin/exams/{exam}/slips"), ("POST", "/admin/exams/{exam}/tokens")]


@pytest.mark.parametrize("key", [*RELEASES, *PLACES, *OFFICES], ids=str)
async def test_an_admin_reaches_a_candidate_through_the_own_exam_alone(
    scene: Scene, key: tuple[str, str]
) -> None:
    before = await state(scene.house)
    async with calling(scene.house) as root:
        aim = scene.at("mina", OTHER_EXAM, attempt=attempt_of("mina"))
        assert told(await sent(root, key, ROUTES[key], aim)) == NOT_FOUND
    assert changed(before, await state(scene.house)) == []


async def test_an_admin_sits_nothing(scene: Scene) -> None:
    async with calling(scene.house) as root:
        for key, row in rows(Whose.CANDIDATES):
            assert told(await sent(root, key, row, scene.at("asha"))) == FORBIDDEN


def out_of_the_halls(key: tuple[str, str], row: Row) -> set[Answer]:
    """What an examiner of the exam meets who is kept to another hall."""
    if row.whose is Whose.ATTEMPT:
        return within_a_reply(key, "forbidden")
    return {FORBIDDEN}


async def test_an_examiner_of_a_hall_uses_no_route_on_who_sits_in_another(scene: Scene) -> None:
    before = await state(scene.house)
    async with calling(scene.house, "eva", Role.EXAMINER, **EVA) as eva:
        for key, row in rows(*STAFFS, Whose.CANDIDATES):
            response = await sent(eva, key, row, scene.at("mina"))
            if row.whose in (Whose.LISTS, Whose.HALLS):
                assert response.status_code == 200, key
                assert not [name for name in MINE if name in response.text], key
            else:
                assert told(response) in out_of_the_halls(key, row), key
    assert changed(before, await state(scene.house)) == []


async def test_an_examiner_of_a_hall_uses_no_route_on_another_exam(scene: Scene) -> None:
    before = await state(scene.house)
    async with calling(scene.house, "eva", Role.EXAMINER, **EVA) as eva:
        for key, row in rows(Whose.HALLS, Whose.EXAM, Whose.ATTEMPT, Whose.ADMINS):
            response = await sent(eva, key, row, scene.at("omar", OTHER_EXAM))
            assert told(response) in of_another_exam(key, row), key
    assert changed(before, await state(scene.house)) == []


async def test_what_is_about_oneself_ends_or_shows_nobody_else(scene: Scene) -> None:
    others = {"ravi": Role.CANDIDATE, "otto": Role.EXAMINER, "root": Role.ADMIN}
    async with calling(scene.house, "eva", Role.EXAMINER, jti="to-be-ended") as eva:
        for key, row in rows(Whose.ONESELF):
            if key[1] == "/sign-out":
                continue
            response = await sent(eva, key, row, scene.at("mina"))
            assert response.status_code == 200 or told(response) == FORBIDDEN, key
        assert (await eva.post("/sign-out")).status_code == 204
        assert told(await eva.get("/me")) == (401, "unauthorized")
    for name, role in others.items():
        async with calling(scene.house, name, role) as other:
            assert (await other.get("/me")).json()["subject"] == name

"""Whose attempt is it (E2, E8, E16)? Every event, by everybody, on every id: what is not one's own
is refused, and the state afterwards is the state before, byte for byte.
"""

from typing import Any

import httpx
import msgspec
import pytest

from protocol.from_client import EVENTS_EXAM, EVENTS_MONITOR
from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

ACTS = ("extend", "pause", "resume", "terminate", "submit_for", "reopen", "approve_takeover",
        "message", "resolve")  # fmt: skip
SCOPE = frozenset({"forbidden", "not_found"})
"""How somebody learns that something is not theirs: never by what it holds."""


def bodies(victim: str, exam: str) -> dict[str, dict[str, Any]]:
    """Each examiner's event, aimed at this attempt of this exam."""
    act = {"id": "x-1", "exam": exam, "attempts": [victim], "reason": "mine"}
    acts: dict[str, dict[str, Any]] = dict.fromkeys(ACTS, act)
    return {
        **acts,
        "extend": {**act, "extra_ms": 60_000},
        "message": {**act, "text": "psst"},
        "announce": {"id": "x-1", "exam": exam, "text": "psst"},
        "watch": {"exam": exam},
        "timeline": {"attempt": victim},
    }


async def state(house: House, *attempts: str) -> bytes:
    """Everything there is of these attempts and of the exams."""
    views = [(await house.app.attempts.view(each)).attempt for each in attempts]
    rows = await house.app.pool.fetch("SELECT exam, n FROM exam_facts ORDER BY exam, n")
    plain = [msgspec.structs.replace(view, durable=(0, 0)) for view in views if view is not None]
    return msgspec.json.encode([plain, [tuple(row) for row in rows]], enc_hook=dict)


async def victims(house: House, enter: Enter) -> tuple[Client, Client]:
    """Two candidates at work, one in each exam."""
    mine = await enter(house, await house.candidate("hall-2"))
    await mine.start()
    await mine.answer(1)
    other = await enter(house, "omar", exams=frozenset({OTHER_EXAM}))
    await other.join(OTHER_EXAM)
    await other.ok("start", {"id": other.id("start")})
    return mine, other


def codes_of(ack: Any) -> set[str]:
    """The problems in an ack: its own, or those of the attempts it names."""
    if not ack["ok"]:
        return {ack["problem"]["code"]}
    assert ack.get("done", []) == [], ack
    return {each["problem"]["code"] for each in ack.get("not_done", [])}


async def test_a_candidate_can_say_nothing_of_an_examiner(house: House, enter: Enter) -> None:
    mine, other = await victims(house, enter)
    ids = (attempt_of(mine.subject), attempt_of("omar", OTHER_EXAM))
    thief = await enter(house, await house.candidate())
    await thief.join()
    before = await state(house, *ids)
    for event in set(EVENTS_MONITOR) - set(EVENTS_EXAM):
        for victim, exam in zip(ids, (EXAM, OTHER_EXAM), strict=True):
            body = {**bodies(victim, exam), "unwatch": {"exam": exam}}[event]
            assert await thief.refused(event, body) == "unknown_event"
    assert await state(house, *ids) == before
    assert other.connected


async def test_a_candidates_payload_names_no_attempt_but_its_own(
    house: House, enter: Enter
) -> None:
    mine, _ = await victims(house, enter)
    id_ = attempt_of(mine.subject)
    thief = await enter(house, await house.candidate())
    await thief.start()
    before = await state(house, id_)
    aimed = {"attempt": id_, "candidate": mine.subject, "by": f"candidate:{mine.subject}"}
    said: dict[str, dict[str, Any]] = {
        "join": {"id": "t-1", "exam": EXAM},
        "start": {"id": "t-2"},
        "answer": {"seq": 9, "item": "q3", "response": False},
        "heartbeat": {},
        "violation": {"id": "t-3", "kind": "copy", "at": 1},
        "raise_hand": {"id": "t-4"},
        "acknowledge": {"id": "t-5", "notice": "n-1"},
        "submit": {"id": "t-6", "holds": {}},
    }
    for event, body in said.items():
        await thief.call(event, {**body, **aimed})
    assert await state(house, id_) == before
    view = (await house.app.attempts.view(attempt_of(thief.subject))).attempt
    assert view is not None
    assert view.responses["q3"].response is False


async def test_a_candidate_cannot_enter_the_monitor(house: House, enter: Enter) -> None:
    client = Client(house, "asha", Role.EXAMINER)
    with pytest.raises(Exception, match=r"."):
        await client.connect(token=house.token("asha"))
    assert client.refusals[0]["data"]["code"] == "forbidden"
    await client.leave()


@pytest.mark.parametrize("role", [Role.EXAMINER, Role.ADMIN])
async def test_staff_cannot_sit(house: House, role: Role) -> None:
    client = Client(house, "eva")
    with pytest.raises(Exception, match=r"."):
        await client.connect(token=house.token("eva", role))
    assert client.refusals[0]["data"]["code"] == "forbidden"
    await client.leave()


OUTSIDERS: dict[str, dict[str, Any]] = {
    "of another exam": {"exams": frozenset({OTHER_EXAM})},
    "of no exam": {"exams": frozenset()},
    "of another hall": {"halls": frozenset({"hall-9"})},
}


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_an_examiner_out_of_scope_learns_and_does_nothing(
    house: House, enter: Enter, who: str
) -> None:
    mine, _ = await victims(house, enter)
    id_ = attempt_of(mine.subject)
    eva = await enter(house, "eva", Role.EXAMINER, **OUTSIDERS[who])
    before = await state(house, id_)
    for event, body in bodies(id_, EXAM).items():
        if event == "watch" and who == "of another hall":
            continue  # may watch: what is told is filtered by hall
        assert codes_of(await eva.call(event, body)) <= SCOPE, event
        assert codes_of(await eva.call(event, body)) != set(), event
    for kind in ACTS:
        everybody = {**bodies(id_, EXAM)[kind], "attempts": "all"}
        assert await eva.refused(kind, everybody) in SCOPE
    assert await state(house, id_) == before
    assert not {name for name, _ in mine.heard} - {"closed"}


async def test_an_attempt_of_another_exam_is_not_reached_through_ones_own(
    house: House, enter: Enter
) -> None:
    _, other = await victims(house, enter)
    id_ = attempt_of("omar", OTHER_EXAM)
    eva = await enter(house, "eva", Role.EXAMINER)
    before = await state(house, id_)
    for kind in ACTS:
        ack = await eva.call(kind, bodies(id_, EXAM)[kind])
        assert codes_of(ack) == {"not_found"}, kind
    assert await eva.refused("timeline", {"attempt": id_}) == "not_found"
    assert await state(house, id_) == before
    assert other.connected


async def test_an_examiner_of_a_hall_reaches_that_hall_alone(house: House, enter: Enter) -> None:
    here, there = await house.candidate("hall-1"), await house.candidate("hall-2")
    ids = [attempt_of(here), attempt_of(there)]
    eva = await enter(house, "eva", Role.EXAMINER, halls=frozenset({"hall-1"}))
    act = {"id": eva.id("x"), "exam": EXAM, "attempts": ids, "reason": "bus", "extra_ms": 60_000}
    ack = await eva.ok("extend", act)
    assert ack["done"] == [ids[0]]
    assert ack["not_done"][0]["attempt"] == ids[1]
    assert ack["not_done"][0]["problem"]["code"] == "forbidden"
    assert await eva.refused("timeline", {"attempt": ids[1]}) == "not_found"
    assert (await eva.ok("timeline", {"attempt": ids[0]}))["attempt"] == ids[0]


ADMIN_ROUTES = [
    ("POST", "/admin/banks/b/import"),
    ("POST", "/admin/papers"),
    ("POST", "/admin/exams"),
    ("POST", "/admin/exams/exam-1/publish"),
    ("POST", "/admin/exams/exam-1/archive"),
    ("POST", "/admin/exams/exam-1/candidates"),
    ("POST", "/admin/exams/exam-1/release"),
]


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.EXAMINER])
@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
async def test_administration_is_for_admins(
    house: House, method: str, path: str, role: Role
) -> None:
    headers = {"authorization": f"Bearer {house.token('eve', role)}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        response = await client.request(method, path, content=b"{}")
    assert response.status_code == 403
    assert response.json()["code"] == "forbidden"


@pytest.mark.parametrize("act", [*ACTS, "announce"])
async def test_acts_over_http_have_the_same_scope(house: House, enter: Enter, act: str) -> None:
    mine, _ = await victims(house, enter)
    id_ = attempt_of(mine.subject)
    before = await state(house, id_)
    async with httpx.AsyncClient(base_url=house.url) as client:
        stranger = house.token("eve", Role.EXAMINER, **OUTSIDERS["of another exam"])
        for token in (house.token("eve"), stranger):
            response = await client.post(
                f"/exams/{EXAM}/acts/{act}",
                headers={"authorization": f"Bearer {token}"},
                content=msgspec.json.encode(bodies(id_, EXAM)[act]),
            )
            assert response.status_code == 403, response.text
    assert await state(house, id_) == before

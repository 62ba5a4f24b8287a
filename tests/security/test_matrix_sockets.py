"""Every event of both namespaces, by candidates, examiners and an admin, aimed at what is not their
own (E2, E8, E16, E17): the right problem, and not a byte of anybody else's state is another.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter
from tests.security.matrix import filled
from tests.security.scenes import Scene, changed, staged, state, struck

ACT = {"id": "{unique}", "exam": "{exam}", "attempts": ["{attempt}"], "reason": "mine"}
WATCHING: dict[str, Any] = {
    "watch": {"exam": "{exam}"},
    "unwatch": {"exam": "{exam}"},
    "timeline": {"attempt": "{attempt}"},
    "announce": {"id": "{unique}", "exam": "{exam}", "text": "psst"},
    "extend": {**ACT, "extra_ms": 60_000},
    "message": {**ACT, "text": "psst"},
    **dict.fromkeys(
        ("pause", "resume", "terminate", "submit_for", "reopen", "approve_takeover", "resolve"), ACT
    ),
    "reauth": {"token": "{token}"},
}
"""Every event of `/monitor`, aimed."""
AIMED = {"attempt": "{attempt}", "candidate": "{candidate}", "by": "candidate:{candidate}"}
"""Fields that no event of candidates has."""
SITTING: dict[str, Any] = {
    "join": {"id": "{unique}", "exam": "{exam}", **AIMED},
    "start": {"id": "{unique}", "receipt": "{receipt}", **AIMED},
    "answer": {"seq": 1, "item": "q3", "response": True, "receipt": "{receipt}", **AIMED},
    "heartbeat": AIMED,
    "violation": {"id": "{unique}", "kind": "copy", "at": 1, "receipt": "{receipt}", **AIMED},
    "submit": {"id": "{unique}", "holds": {"q3": ["{lease}", 1]}, **AIMED},
    "raise_hand": {"id": "{unique}", "receipt": "{receipt}", **AIMED},
    "acknowledge": {"id": "{unique}", "notice": "{notice}", **AIMED},
    "reauth": {"token": "{token}"},
}
"""Every event of `/exam`, aimed: with receipts, a lease, a notice and a token of the victim."""
AT_ONESELF = ("heartbeat",)
"""What names nothing: taken, and about oneself."""
ON_ALL = tuple(name for name in WATCHING if isinstance(WATCHING[name], dict)
               and "attempts" in WATCHING[name])  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(house: House) -> AsyncIterator[Scene]:
    """One scene for all tests here: none of them may change it."""
    found = await staged(house)
    yield found
    await struck(found)


async def test_every_event_is_in_the_matrix(house: House) -> None:
    tables = {name: set(table) for name, table in house.front.door._tables.items()}
    assert tables == {"/exam": set(SITTING), "/monitor": set(WATCHING)}


def codes(ack: Any) -> set[str]:
    """The problems in an ack: its own, or of the attempts it names."""
    if not ack["ok"]:
        return {ack["problem"]["code"]}
    assert ack.get("done", []) == [], ack
    return {each["problem"]["code"] for each in ack.get("not_done", [])}


async def loot(scene: Scene, whom: str, exam: str) -> dict[str, str]:
    """What a thief may have got hold of: a lease, a receipt, a notice and a token of the victim."""
    victim = scene.clients[whom]
    joined = await victim.join(exam)
    # A repeat gets the receipt that the answer had.
    receipt = (await victim.answer(1))["receipt"]
    role = {"exams": frozenset({exam})}
    token = scene.house.token(whom, **role)  # type: ignore[arg-type]
    return {"lease": joined["lease"], "receipt": receipt, "notice": "notice-1", "token": token}


# --- candidates -----------------------------------------------------------------------------------

EXPECTED = {
    "start": "bad_receipt",
    "answer": "bad_receipt",
    "violation": "bad_receipt",
    "raise_hand": "bad_receipt",
    "submit": "answers_missing",
    "acknowledge": "not_found",
    "reauth": "forbidden",
}


async def test_what_a_candidate_aims_at_another_reaches_nobody(scene: Scene, enter: Enter) -> None:
    house, who = scene.house, await scene.house.candidate()
    house.app.monitor.roll_changed(EXAM)
    thief = await enter(house, who)
    await thief.start()
    before = await state(house, but=who)
    stolen = await loot(scene, "ravi", EXAM)
    heard = list(scene.clients["ravi"].heard)
    for event, body in SITTING.items():
        if event != "join":
            ack = await thief.call(event, filled(body, scene.at("ravi", **stolen)))
            assert event in AT_ONESELF or codes(ack) == {EXPECTED[event]}, event
    aim = scene.at("omar", OTHER_EXAM)
    assert await thief.refused("join", filled(SITTING["join"], aim)) == "forbidden"
    again = await thief.ok("join", filled(SITTING["join"], scene.at("ravi")))
    assert again["attempt"] == attempt_of(who)
    assert changed(before, await state(house, but=who)) == []
    assert scene.clients["ravi"].heard == heard


async def test_a_lease_of_another_writes_nothing(scene: Scene, enter: Enter) -> None:
    who = await scene.house.candidate()
    thief = await enter(scene.house, who)
    await thief.join()
    before = await state(scene.house, but=who)
    lease = (await loot(scene, "ravi", EXAM))["lease"]
    joined = await thief.join(lease=lease)
    assert joined["attempt"] == attempt_of(who)
    assert joined["lease"] != lease
    assert changed(before, await state(scene.house, but=who)) == []


async def test_who_has_not_joined_has_no_attempt_at_all(scene: Scene, enter: Enter) -> None:
    house = scene.house
    who = await house.candidate()
    thief = await enter(house, who)
    before = await state(house)
    for event, body in SITTING.items():
        if event not in ("join", "reauth"):
            aim = scene.at("ravi", lease="1-x", receipt="1.x.x", notice="n", token="x")
            assert await thief.refused(event, filled(body, aim)) == "not_joined", event
    assert changed(before, await state(house)) == []


async def test_a_candidate_has_no_event_of_staff(scene: Scene, enter: Enter) -> None:
    house = scene.house
    thief = await enter(house, await house.candidate())
    await thief.join()
    before = await state(house)
    for event in set(WATCHING) - set(SITTING):
        for whom, exam in (("ravi", EXAM), ("mina", EXAM), ("omar", OTHER_EXAM)):
            body = filled(WATCHING[event], scene.at(whom, exam))
            assert await thief.refused(event, body) == "unknown_event", event
    assert changed(before, await state(house)) == []


# --- staff ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.EXAMINER, Role.ADMIN])
async def test_staff_have_no_event_of_candidates(scene: Scene, enter: Enter, role: Role) -> None:
    before = await state(scene.house)
    eva = await enter(scene.house, "eva", role)
    for event in set(SITTING) - set(WATCHING):
        aim = scene.at("ravi", lease="1-x", receipt="1.x.x", notice="n")
        assert await eva.refused(event, filled(SITTING[event], aim)) == "unknown_event", event
    assert changed(before, await state(scene.house)) == []


OTTO: dict[str, Any] = {"exams": frozenset({OTHER_EXAM})}
EVA: dict[str, Any] = {"halls": frozenset({"hall-1"})}
NOBODY: dict[str, Any] = {"exams": frozenset()}


@pytest.mark.parametrize("scope", [OTTO, NOBODY], ids=["of another exam", "of none"])
@pytest.mark.parametrize("whom", ["asha", "ravi", "mina"])
async def test_an_examiner_of_another_exam_does_and_learns_nothing(
    scene: Scene, enter: Enter, whom: str, scope: dict[str, Any]
) -> None:
    before = await state(scene.house)
    otto = await enter(scene.house, "otto", Role.EXAMINER, **scope)
    token = scene.house.token("eva", Role.EXAMINER)
    for event, body in WATCHING.items():
        aim = scene.at(whom, token=token)
        if event != "unwatch":  # of what is not watched: nothing happens, nothing is told
            expected = {"not_found"} if event == "timeline" else {"forbidden"}
            assert codes(await otto.call(event, filled(body, aim))) == expected, event
        if event in ON_ALL:
            everybody = {**filled(body, aim), "attempts": "all"}
            assert await otto.refused(event, everybody) == "forbidden", event
    assert changed(before, await state(scene.house)) == []
    assert otto.heard == []


PEOPLE: list[tuple[Role, dict[str, Any]]] = [(Role.EXAMINER, OTTO), (Role.ADMIN, {})]


@pytest.mark.parametrize(("role", "scope"), PEOPLE, ids=["examiner", "admin"])
async def test_an_attempt_is_not_reached_through_another_exam(
    scene: Scene, enter: Enter, role: Role, scope: dict[str, Any]
) -> None:
    before = await state(scene.house)
    staff = await enter(scene.house, "otto", role, **scope)
    for event in ON_ALL:
        aim = scene.at("ravi", OTHER_EXAM, attempt=attempt_of("ravi"))
        assert codes(await staff.call(event, filled(WATCHING[event], aim))) == {"not_found"}, event
    assert changed(before, await state(scene.house)) == []


async def test_an_examiner_of_a_hall_does_nothing_in_another(scene: Scene, enter: Enter) -> None:
    before = await state(scene.house)
    eva = await enter(scene.house, "eva", Role.EXAMINER, **EVA)
    for event in ON_ALL:
        body = filled(WATCHING[event], scene.at("mina"))
        assert codes(await eva.call(event, body)) == {"forbidden"}, event
        assert await eva.refused(event, {**body, "attempts": "all"}) == "forbidden", event
    announce = filled(WATCHING["announce"], scene.at("mina"))
    assert await eva.refused("announce", announce) == "forbidden"
    assert await eva.refused("timeline", {"attempt": attempt_of("mina")}) == "not_found"
    assert changed(before, await state(scene.house)) == []


async def test_an_examiner_of_a_hall_is_told_of_that_hall_alone(house: House, enter: Enter) -> None:
    """Snapshots, changes, signals, hands and figures: while something happens in both halls."""
    here, there = await house.candidate("hall-1"), await house.candidate("hall-2")
    house.app.monitor.roll_changed(EXAM)
    eva = await enter(house, "eva", Role.EXAMINER, **EVA)
    await eva.ok("watch", {"exam": EXAM})
    for who in (there, here):  # what is told of `here` in the end is told after all of `there`
        await busy(await enter(house, who))
    for event in ("hand", "violation", "progress", "roster"):
        await hears_of(eva, event, here)
    await until(lambda: told(eva, "stats") != "[]")
    everything = json.dumps(eva.heard)
    for secret in (there, there.upper(), attempt_of(there), attempt_of("mina"), "hall-2"):
        assert f'"{secret}"' not in everything


async def busy(client: Client) -> None:
    """A candidate of whom there is something to tell."""
    await client.start()
    await client.answer(1)
    await client.ok("raise_hand", {"id": client.id("hand"), "text": "?"})
    await client.ok("violation", {"id": client.id("signal"), "kind": "copy", "at": 1})
    await client.ok("heartbeat", {"visible": True})


async def hears_of(client: Client, event: str, who: str) -> None:
    """Wait until events of this name tell of somebody."""
    await until(lambda: f'"{attempt_of(who)}"' in told(client, event))


def told(client: Client, event: str) -> str:
    """All that was heard in events of this name."""
    return json.dumps([body for name, body in client.heard if name == event])

"""Signals (E17): of oneself alone, at the server's time, bounded, and never a verdict."""

import asyncio
import json
from typing import Any

import pytest

from protocol.types import Role
from tests.edge.calling import calling
from tests.edge.clients import Client
from tests.edge.house import EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter


def signal(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "copy", "at": 1, **more}


async def timeline(house: House, who: str) -> list[Any]:
    """The signals in an attempt's timeline, once they are in Postgres."""
    async with calling(house, "eva", Role.EXAMINER) as eva, asyncio.timeout(10):
        while True:
            said = await eva.get(f"/exams/{EXAM}/attempts/{attempt_of(who)}/timeline")
            facts = [f for f in said.json()["facts"] if f["body"]["kind"] == "violation_reported"]
            if facts:
                return facts
            await asyncio.sleep(0.05)


async def test_whoever_is_named_it_is_ones_own(house: House, enter: Enter) -> None:
    victim, thief = await enter(house, "asha"), await enter(house, await house.candidate())
    await victim.start()
    await thief.start()
    before = (await house.app.attempts.view(attempt_of("asha"))).attempt
    named = {"attempt": attempt_of("asha"), "candidate": "asha", "by": "candidate:asha"}
    await thief.ok("violation", signal("v-1", **named, severity="high", points=100, level=9))
    after = (await house.app.attempts.view(attempt_of("asha"))).attempt
    assert before is not None
    assert after is not None
    assert (after.n, after.head) == (before.n, before.head)
    (fact,) = await timeline(house, thief.subject)
    assert fact["by"] == f"candidate:{thief.subject}"
    assert not {"severity", "points", "level"} & set(fact["body"])


@pytest.mark.parametrize("at", [0, 1, 4_102_444_800_000])
async def test_the_server_says_when(house: House, enter: Enter, at: int) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    await client.ok("violation", signal("v-1", at=at, server_at=at))
    (fact,) = await timeline(house, client.subject)
    assert abs(fact["at"] - house.app.clock.now()) < 60_000
    assert fact["body"]["client_at"] == at, "what the client said is kept as that"


async def test_no_number_of_them_ends_pauses_or_shortens_anything(
    house: House, enter: Enter
) -> None:
    client = await enter(house, await house.candidate())
    deadline = (await client.start())["deadline"]
    for n in range(60):
        await client.ok("violation", signal(f"v-{n}", kind="devtools"))
    view = await client.join()
    assert (view["state"], view["times"]["deadline"]) == ("in_progress", deadline)
    await client.answer(1)
    assert {"closed", "paused", "time_changed"} & {event for event, _ in client.heard} == set()


BAD: dict[str, dict[str, Any]] = {
    "a kind of its own": signal("v", kind="cheating"),
    "no kind": {"id": "v", "at": 1},
    "a list of kinds": signal("v", kind=["copy"]),
    "a long detail": signal("v", detail="x" * 501),
    "a detail that is no text": signal("v", detail={"html": "<b>"}),
    "a time before time": signal("v", at=-1),
    "no id": {"kind": "copy", "at": 1},
    "an id that is none": signal("a b"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_is_no_signal_leaves_no_trace(house: House, enter: Enter, case: str) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    before = (await client.ok("heartbeat"))["rev"]
    assert await client.refused("violation", BAD[case]) == "bad_request"
    assert (await client.ok("heartbeat"))["rev"] == before


async def test_without_a_started_attempt_there_is_nothing_to_report(
    house: House, enter: Enter
) -> None:
    client = await enter(house, await house.candidate())
    await client.join()
    assert await client.refused("violation", signal("v-1")) == "not_started"
    await client.ok("start", {"id": "s"})
    await client.ok("submit", {"id": "u", "holds": {}})
    assert await client.refused("violation", signal("v-2")) == "attempt_closed"


async def test_examiners_cannot_make_one_up(house: House, enter: Enter) -> None:
    who = await house.candidate()
    client = await enter(house, who)
    await client.start()
    for role in (Role.EXAMINER, Role.ADMIN):
        staff = await enter(house, "eva", role)
        assert await staff.refused("violation", signal("v-1")) == "unknown_event"


async def test_a_forged_one_is_shown_to_examiners_of_its_own_candidate_alone(
    house: House, enter: Enter
) -> None:
    thief = await house.candidate()
    house.app.monitor.roll_changed(EXAM)
    eva = await enter(house, "eva", Role.EXAMINER)
    await eva.ok("watch", {"exam": EXAM})
    client: Client = await enter(house, thief)
    await client.start()
    await client.ok("violation", signal("v-1", attempt=attempt_of("mina"), candidate="mina"))
    await until(lambda: any(name == "violation" for name, _ in eva.heard))
    told = json.dumps([body for name, body in eva.heard if name == "violation"])
    assert attempt_of(thief) in told
    assert attempt_of("mina") not in told

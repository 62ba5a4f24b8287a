"""Late answers (E3) and clocks (E18): when something came in at the door decides, by the one clock
that all processes share; what a client says of the time, or its machine believes, is nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from examsync.attempts.attempt import Seat
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.exams.exam import Terms
from protocol.from_client import Answer
from protocol.problems import Code
from protocol.types import LatePolicy
from tests.edge.clients import Client
from tests.edge.house import HOUR_MS, House
from tests.edge.rooms_to_let import Enter
from tests.security.twins import twin

GRACE_MS = 5_000
SHORT_MS = 1_500
FIVE_MINUTES_S = 300.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(house: House) -> AsyncIterator[House]:
    """Another process."""
    async with twin(house) as found:
        yield found


async def exam(house: House, name: str, **changes: Any) -> str:
    """An exam that is open; terms as changed."""
    now = house.app.clock.now()
    terms = {"opens_at": now - 60_000, "window_end": now + HOUR_MS, "closes_at": now + 2 * HOUR_MS}
    agreed = Terms(**{**terms, "duration_ms": HOUR_MS // 2, **changes})
    await house.app.exams.create(name, name, "paper-1", agreed, "admin:root")
    await house.app.exams.publish(name)
    return name


async def started(house: House, enter: Enter, name: str) -> tuple[Client, dict[str, Any]]:
    """Somebody new who has started this exam, and the view."""
    who = f"late-{name}"
    await house.app.records.register([Seat(name, who, who)])
    client = await enter(house, who, exams=frozenset({name}))
    await client.join(name)
    await client.ok("start", {"id": "s"})
    return client, await client.join(name)


def sitter_of(client: Client, view: dict[str, Any]) -> Sitter:
    """Where a client sits."""
    who = client.subject
    return Sitter(view["attempt"], f"candidate:{who}", f"browser-{who}", view["lease"])


async def arriving(place: House, sitter: Sitter, at: int, seq: int) -> Reply:
    """An answer that came in at this time, at one process or another."""
    return await place.app.attempts.answer(at, sitter, Answer(seq, "q3", True))


def said(reply: Reply) -> str:
    """What an answer meets: taken, late, kept without counting, or the code of a problem."""
    if reply.problem is not None:
        return str(reply.problem.code)
    assert reply.attempt is not None
    held = reply.attempt.responses["q3"]
    return "late" if held.late else "in time"


@pytest.mark.parametrize("policy", LatePolicy)
async def test_the_arrival_decides_to_the_millisecond_at_every_process(
    house: House, second: House, enter: Enter, policy: LatePolicy
) -> None:
    name = await exam(house, f"to-the-ms-{policy}", late_policy=policy, grace_ms=GRACE_MS)
    client, view = await started(house, enter, name)
    await second.app.exams.refresh(name)
    sitter, ends = sitter_of(client, view), view["times"]["deadline"]
    until = ends + GRACE_MS
    expected = {ends - 1: "in time", ends: "in time", ends + 1: "late", until: "late"}
    seq = 0
    for at, outcome in expected.items():
        for place in (house, second):
            seq += 1
            assert said(await arriving(place, sitter, at, seq)) == outcome, at - ends
    for place in (house, second):
        seq += 1
        reply = await arriving(place, sitter, until + 1, seq)
        if policy is LatePolicy.DISCARD:
            assert reply.problem is not None
            assert reply.problem.code is Code.TOO_LATE
        elif policy is LatePolicy.KEEP_MARKED:
            assert reply.problem is None
            assert reply.attempt is not None
            assert reply.attempt.responses["q3"].seq < seq, "it does not count"
        else:
            assert said(reply) == "late"


@pytest.mark.parametrize("jump_s", [FIVE_MINUTES_S, -FIVE_MINUTES_S])
async def test_a_wall_clock_that_jumps_changes_no_deadline_and_lets_nobody_in_late(
    house: House, second: House, enter: Enter, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    name = await exam(house, f"jump-{int(jump_s)}")
    client, view = await started(house, enter, name)
    before = house.app.clock.now()
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + jump_s)
    async with twin(house) as third:  # born with the wrong time
        for place in (house, second, third):
            await place.app.exams.refresh(name)
            assert abs(place.app.clock.now() - before) < FIVE_MINUTES_S * 500
            there = await enter(place, client.subject, exams=frozenset({name}))
            joined = await there.join(name, lease=view["lease"])
            assert joined["times"]["deadline"] == view["times"]["deadline"]
            assert "late" not in await there.ok("answer", {"seq": joined["seq"] + 1, "item": "q3",
                                                           "response": True})  # fmt: skip


async def test_after_the_end_nothing_a_client_says_of_the_time_lets_an_answer_in(
    house: House, enter: Enter
) -> None:
    name = await exam(house, "short", duration_ms=SHORT_MS, grace_ms=0)
    client, view = await started(house, enter, name)
    proof = (await client.answer(1, True))["receipt"]
    assert (await client.told("closed"))["state"] == "expired"
    ends = view["times"]["deadline"]
    for seq, at in enumerate((0, ends - 1, ends), start=2):
        forged = {"at": at, "arrived": at, "saved_at": at, "sent_at": at, "server_time": at}
        body = {"seq": seq, "item": "q3", "response": False, "spent_ms": 1, **forged}
        ack = await client.ok("answer", body)  # kept for the examiner, as the exam says
        assert (ack["late"], ack["counted"]) == (True, False)
        assert "deadline" not in await client.ok("heartbeat", forged)
        again = {"id": f"again-{at}", "exam": name, **forged}
        assert (await client.ok("join", again))["state"] == "expired"
    view = await client.join(name)
    assert view["responses"]["q3"]["response"] is True
    # What was acked in time is believed later, by its receipt, and changes nothing.
    replay = {"seq": 1, "item": "q3", "response": True, "receipt": proof}
    assert (await client.ok("answer", replay))["receipt"] == proof


async def test_what_was_queued_behind_the_end_is_not_let_in_with_it(
    house: House, enter: Enter
) -> None:
    """A list counts by its arrival, each entry of it."""
    name = await exam(house, "queued", duration_ms=SHORT_MS, grace_ms=0)
    client, _ = await started(house, enter, name)
    await client.told("closed")
    many = [{"seq": n, "item": "q3", "response": True} for n in range(1, 20)]
    results = (await client.ok("answer", many))["results"]
    assert {(each["late"], each["counted"]) for each in results} == {(True, False)}
    assert (await client.join(name))["responses"] == {}


async def test_a_start_that_comes_too_early_or_too_late_is_none(house: House, enter: Enter) -> None:
    now = house.app.clock.now()
    early = await exam(house, "early", opens_at=now + HOUR_MS // 2)
    over = await exam(house, "over", opens_at=now - 90_000, window_end=now + 400)
    await asyncio.sleep(0.5)
    for name, code in ((early, "exam_not_open"), (over, "exam_over")):
        who = f"late-{name}"
        await house.app.records.register([Seat(name, who, who)])
        client = await enter(house, who, exams=frozenset({name}))
        await client.join(name)
        body = {"id": "s", "at": now, "started_at": now - HOUR_MS, "server_time": now}
        assert await client.refused("start", body) == code

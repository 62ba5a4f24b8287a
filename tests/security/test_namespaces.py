"""Who one is depends on the namespace (E8, E9): what is allowed in one of them means nothing in the
other, and no spelling of a name leads anywhere else."""

import json
from typing import Any

import pytest
import websockets

from protocol.types import Role
from tests.edge.clients import Raw
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Open

SPELLINGS = ["", "/", "/Exam", "/EXAM", "/exam/", "//exam", "/exam?x=1", "/monitor?token=x", "/*",
             "/admin", "/exam#", "/%65xam", "/monitor\u200b", "/../monitor", "exam"]  # fmt: skip


async def asked(raw: Raw, namespace: str, ack_id: int, event: str, body: Any) -> Any:
    """The ack of an event in a namespace."""
    await raw.send(f"42{namespace},{ack_id}{json.dumps([event, body])}")
    return await raw.ack(namespace, ack_id)


def act(who: str) -> dict[str, Any]:
    return {"id": f"x-{who}", "exam": EXAM, "attempts": [attempt_of(who)], "reason": "mine"}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.ADMIN])
async def test_no_other_spelling_is_a_way_in(
    house: House, open_raw: Open, spelling: str, role: Role
) -> None:
    raw = await open_raw(house)
    before = len(house.front.broadcast.sessions)
    token = house.auth("asha", role)
    await raw.send(f"40{spelling},{json.dumps(token)}")
    try:
        frame = await raw.next()
    except websockets.ConnectionClosed:  # that is a no, too
        frame = "44"
    assert frame.startswith("44"), frame
    assert len(house.front.broadcast.sessions) == before


async def test_on_one_connection_each_namespace_has_its_own_person(
    house: House, open_raw: Open
) -> None:
    victim, thief = await house.candidate(), await house.candidate()
    other = await open_raw(house)
    await other.enter("/exam", house.auth(victim))
    assert (await asked(other, "/exam", 1, "join", {"id": "j", "exam": EXAM}))["ok"]
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    await raw.enter("/exam", house.auth(thief))
    # The examiner next door does not help the candidate, nor the other way round.
    refused = await asked(raw, "/exam", 1, "terminate", act(victim))
    assert refused["problem"]["code"] == "unknown_event"
    refused = await asked(raw, "/monitor", 2, "join", {"id": "j", "exam": EXAM})
    assert refused["problem"]["code"] == "unknown_event"
    refused = await asked(raw, "/monitor", 3, "reauth", {"token": house.token(thief)})
    assert refused["problem"]["code"] == "forbidden"
    sessions = house.front.broadcast.sessions.values()
    people = {(each.namespace, each.identity.subject) for each in sessions}
    assert people >= {("/monitor", "eva"), ("/exam", thief)}
    attempt = (await house.app.attempts.view(attempt_of(victim))).attempt
    assert attempt is not None
    assert attempt.core.state == "not_started"


async def test_leaving_one_namespace_leaves_nothing_of_it_in_the_other(
    house: House, open_raw: Open
) -> None:
    who = await house.candidate()
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    await raw.enter("/exam", house.auth(who))
    await raw.send("41/monitor,")
    assert (await asked(raw, "/exam", 1, "join", {"id": "j", "exam": EXAM}))["ok"]
    assert [s for s in house.front.broadcast.sessions.values() if s.identity.subject == "eva"] == []
    await raw.send(f"42/monitor,2{json.dumps(['terminate', act(who)])}")  # nobody's: no ack
    assert (await asked(raw, "/exam", 3, "heartbeat", {}))["ok"]
    attempt = (await house.app.attempts.view(attempt_of(who))).attempt
    assert attempt is not None
    assert attempt.core.state == "not_started"


@pytest.mark.parametrize("role", [Role.EXAMINER, Role.ADMIN])
async def test_a_namespace_is_not_entered_with_a_token_of_the_other(
    house: House, open_raw: Open, role: Role
) -> None:
    raw = await open_raw(house)
    for namespace, auth in {
        "/exam": house.auth("eva", role),
        "/monitor": {**house.auth("asha"), "role": str(role), "namespace": "/monitor"},
    }.items():
        frame = await raw.enter(namespace, auth)
        refusal = json.loads(frame.removeprefix(f"44{namespace},"))
        assert refusal["data"]["code"] == "forbidden"

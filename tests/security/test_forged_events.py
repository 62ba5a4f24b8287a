"""A client calls `connect` and `disconnect` as if it were the server (E7)."""

import json

import pytest

from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Open

FORGED = [
    ["connect", {"REMOTE_ADDR": "6.6.6.6"}, {"token": "x", "role": "admin"}],
    ["connect", {}],
    ["disconnect", "x"],
    ["disconnect"],
    ["connect_error", {}],
    ["*", {}],
    ["message", {}],
    ["join_room", {"room": "exam:exam-1"}],
    ["enter_room", {"room": "attempt:a"}],
    ["__class__", {}],
    ["_connected", {}],
    ["e" * 10_000, {}],
    [7, {}],
    [None, {}],
    [{"connect": 1}, {}],
]


@pytest.mark.parametrize("event", FORGED, ids=lambda event: str(event[0])[:16])
async def test_it_is_refused_and_changes_nothing(
    house: House, open_raw: Open, event: list[object]
) -> None:
    raw = await open_raw(house)
    who = await house.candidate()
    await raw.enter("/exam", house.auth(who))
    await raw.send(f'42/exam,1["join",{{"id":"j","exam":"{EXAM}"}}]')
    await raw.ack("/exam", 1)
    session = next(iter(house.front.broadcast.sessions.values()))
    before = (house.sids(), session.identity, session.sitter, session.gone)
    await raw.send(f"42/exam,2{json.dumps(event)}", f"42/exam,{json.dumps(event)}")
    ack = await raw.ack("/exam", 2)
    assert ack["ok"] is False
    assert ack["problem"]["code"] == "unknown_event"
    assert before == (house.sids(), session.identity, session.sitter, session.gone)
    assert house.app.attempts.held(attempt_of(who))
    await raw.send('42/exam,3["heartbeat",{}]')
    assert (await raw.ack("/exam", 3))["ok"] is True

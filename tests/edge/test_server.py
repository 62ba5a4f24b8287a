"""Connections and namespaces as clients meet them, over real sockets."""

import json

import pytest
import socketio
import websockets
from socketio.exceptions import ConnectionError as SocketError

from protocol.types import Role
from tests.edge.clients import Client, Raw
from tests.edge.house import EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter, Open

BOTH_WAYS = True


async def test_the_handshake_announces_our_limits(house: House) -> None:
    async with websockets.connect(house.socket_url) as socket:
        opening = json.loads(str(await socket.recv())[1:])
    assert opening["pingInterval"] == 25_000
    assert opening["pingTimeout"] == 20_000
    assert opening["maxPayload"] == 65_536
    assert opening["upgrades"] == []


async def test_a_refusal_is_a_connect_error_whose_data_is_a_problem(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    frame = await raw.enter("/exam", {"token": "x", "client": {"instance": "i"}})
    assert frame.startswith("44/exam,")
    refusal = json.loads(frame.removeprefix("44/exam,"))
    assert refusal["message"] == "unauthorized"
    assert refusal["data"]["code"] == "unauthorized"
    assert refusal["data"]["retry"] is False


async def test_a_client_library_gets_that_problem(house: House) -> None:
    client = Client(house, "asha")
    with pytest.raises(SocketError):
        await client.connect(token="not a token")
    assert client.refusals[0]["data"]["code"] == "unauthorized"
    await client.leave()


async def test_who_was_refused_may_try_again_on_the_same_connection(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    assert (await raw.enter("/exam", {"token": "x"})).startswith("44")
    assert (await raw.enter("/exam", house.auth("asha"))).startswith("40/exam,{")


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        (None, "unauthorized"),
        ({}, "unauthorized"),
        ({"client": {"instance": "i"}}, "unauthorized"),
        ({"token": 7, "client": {"instance": "i"}}, "bad_request"),
        ({"token": "t", "client": {"instance": ""}}, "bad_request"),
        ({"token": "t", "client": {"instance": "i", "level": 0}}, "level_too_old"),
        ({"token": "t", "client": {"instance": "i", "level": 99}}, "unauthorized"),
        ({"token": "t", "client": {"instance": "i"}, "role": "admin"}, "unauthorized"),
    ],
)
async def test_what_is_no_auth_is_refused(
    house: House, open_raw: Open, auth: object, code: str
) -> None:
    raw = await open_raw(house)
    frame = await raw.enter("/exam", auth) if auth is not None else await bare(raw)
    assert json.loads(frame.removeprefix("44/exam,"))["data"]["code"] == code


async def bare(raw: Raw) -> str:
    await raw.send("40/exam,")
    return await raw.next()


@pytest.mark.parametrize("namespace", ["/", "/Exam", "/exam/", "//", "/exam?x=1", "/admin", "/*"])
async def test_other_namespaces_do_not_exist(house: House, open_raw: Open, namespace: str) -> None:
    raw = await open_raw(house)
    frame = await raw.enter(namespace, house.auth("asha"))
    assert frame.startswith("44")
    assert "Unable to connect" in frame


async def test_one_connection_may_be_in_both_namespaces_as_two_people(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    assert (await raw.enter("/exam", house.auth("asha"))).startswith("40")
    assert (await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))).startswith("40")
    await raw.send('42/monitor,1["join",{"id":"j","exam":"exam-1"}]')
    assert (await raw.ack("/monitor", 1))["problem"]["code"] == "unknown_event"
    await raw.send('42/exam,2["watch",{"exam":"exam-1"}]')
    assert (await raw.ack("/exam", 2))["problem"]["code"] == "unknown_event"
    await raw.send("41/monitor,", '42/monitor,3["watch",{"exam":"exam-1"}]')
    await raw.send('42/exam,4["join",{"id":"j","exam":"exam-1"}]')
    assert (await raw.ack("/exam", 4))["ok"] is True


async def test_connecting_twice_to_a_namespace_changes_nothing(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    before = house.sids()
    assert (await raw.enter("/exam", house.auth("ravi"))).startswith("44")
    assert house.sids() == before
    await raw.send('42/exam,1["join",{"id":"j-2","exam":"exam-1"}]')
    assert (await raw.ack("/exam", 1))["attempt"] == attempt_of("asha")


async def test_everything_is_forgotten_when_clients_leave(house: House, enter: Enter) -> None:
    await until(lambda: house.sids() == (0, 0, 0, 0))
    clients = [await enter(house, await house.candidate()) for _ in range(5)]
    for client in clients:
        await client.join()
    assert house.sids()[:3] == (5, 5, 5)
    for client in clients:
        await client.leave()
    await until(lambda: house.sids() == (0, 0, 0, 0))
    assert house.front.sockets.manager.eio_to_sid == {}
    assert house.front.sockets.environ == {}


async def test_acks_of_many_events_at_once_keep_their_ids(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    who = await house.candidate()
    await raw.enter("/exam", house.auth(who))
    await raw.send(f'42/exam,0["join",{{"id":"j","exam":"{EXAM}"}}]')
    await raw.ack("/exam", 0)
    await raw.send('42/exam,1["start",{"id":"s"}]')
    for n in range(2, 40):
        body = {"seq": n, "item": "q3", "response": n % 2 == 0}
        await raw.send(f'42/exam,{n}["answer",{json.dumps(body)}]')
    await raw.ack("/exam", 1)
    acks = [await raw.ack("/exam", n) for n in range(2, 40)]
    assert [ack["seq"] for ack in acks] == list(range(2, 40))
    revs = [ack["rev"] for ack in acks]
    assert revs == sorted(revs)


async def test_events_without_an_ack_id_are_handled_and_not_acked(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    who = await house.candidate()
    await raw.enter("/exam", house.auth(who))
    await raw.send(f'42/exam,["join",{{"id":"j","exam":"{EXAM}"}}]', '42/exam,["nonsense",1]')
    await raw.send('42/exam,["heartbeat"]', "42/exam,[]")
    await until(lambda: house.app.attempts.held(attempt_of(who)))
    await raw.send('42/exam,9["heartbeat",{}]')
    assert (await raw.next()).startswith("43/exam,9[")


async def test_pings_are_answered_and_connections_outlive_them(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    eio = next(iter(house.front.sockets.eio.sockets.values()))
    assert eio.connected
    await raw.send("3", "3")
    await raw.send('42/exam,1["nonsense",{}]')
    assert (await raw.ack("/exam", 1))["ok"] is False


async def test_what_python_socketio_emits_reaches_everybody_in_the_room(
    house: House, enter: Enter
) -> None:
    asha, ravi, mina = [await enter(house, who) for who in ("asha", "ravi", "mina")]
    sockets = house.front.sockets
    sids = {each.identity.subject: each.sid for each in house.front.broadcast.sessions.values()}
    for who in ("asha", "ravi"):
        await sockets.enter_room(sids[who], "some", namespace="/exam")
    await sockets.emit("one", {"a": "ä"}, room="some", namespace="/exam")
    await sockets.emit("two", ("x", 1), to=sids["mina"], namespace="/exam")
    await sockets.emit("last", None, namespace="/exam", skip_sid=sids["asha"])
    await sockets.emit("last", "you", to=sids["asha"], namespace="/exam")
    for client in (asha, ravi, mina):
        await until(lambda: client.heard and client.heard[-1][0] == "last")  # noqa: B023
    assert asha.heard == [("one", {"a": "ä"}), ("last", "you")]
    assert ravi.heard == [("one", {"a": "ä"}), ("last", ())]
    assert mina.heard == [("two", ("x", 1)), ("last", ())]


async def test_the_default_transports_of_clients_meet_a_clear_word(house: House) -> None:
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    with pytest.raises(SocketError):
        await client.connect(house.url, transports=["polling"])
    await client.disconnect()

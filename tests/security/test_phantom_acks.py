"""An ack is ours and has a body, or there is none (finding 4): also when work is cut off."""

import asyncio
import json
from typing import Any

import pytest

from examsync.edge.sockets.door import Entry, entry
from protocol.types import Role
from tests.edge.house import EXAM, House, until
from tests.edge.rooms_to_let import Enter, Open

BOTH_WAYS = True


@pytest.fixture
def table(house: House) -> Any:
    """The events of `/monitor`, with one more that these tests handle."""
    table: dict[str, Entry] = house.front.door._tables["/monitor"]  # type: ignore[assignment]
    yield table
    table.pop("probe", None)


async def probe(house: House, raw: Any) -> Any:
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    await raw.send('42/monitor,5["probe",{}]')
    return await raw.ack("/monitor", 5)


async def test_an_exception_in_a_handler_is_acked_as_internal(
    house: House, open_raw: Open, table: Any
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret")

    table["probe"] = entry(dict[str, int], fail)
    ack = await probe(house, await open_raw(house))
    assert ack["problem"]["code"] == "internal"
    assert "secret" not in json.dumps(ack)


async def test_cancelled_work_is_acked_as_undone(house: House, open_raw: Open, table: Any) -> None:
    async def work() -> object:
        await asyncio.sleep(60)
        return None

    def handle(session: Any, arrived: int, command: Any, ack: Any) -> None:
        house.front._errands.send(session, ack, work)
        asyncio.get_running_loop().call_later(0.05, cancel)

    def cancel() -> None:
        for task in house.front._errands._tasks:
            task.cancel()

    table["probe"] = entry(dict[str, int], handle)
    ack = await probe(house, await open_raw(house))
    assert ack["ok"] is False
    assert ack["problem"]["retry"] is True


async def test_no_ack_is_ever_empty(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    who = await house.candidate()
    await raw.enter("/exam", house.auth(who))
    said = [json.dumps(["join", {"id": "j", "exam": EXAM}]), '["start",{"id":"s"}]']
    said += [
        '["heartbeat",{}]',
        '["answer",{"seq":1,"item":"q3","response":true}]',
        '["connect"]',
        "[]",
        "[{}]",
    ]
    for n, body in enumerate(said):
        await raw.send(f"42/exam,{n}{body}")
        assert isinstance((await raw.ack("/exam", n))["ok"], bool)


async def test_there_is_one_ack_for_each_event_and_no_other(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth(await house.candidate()))
    frames = [f'42/exam,{n}["nonsense",{{}}]' for n in range(50)]
    await raw.send(*frames)
    got = [await raw.next() for _ in frames]
    assert [frame.split("[")[0] for frame in got] == [f"43/exam,{n}" for n in range(50)]
    with pytest.raises(TimeoutError):
        await raw.next(0.2)


async def test_a_client_that_has_left_is_acked_no_more(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    session = next(
        s for s in house.front.broadcast.sessions.values() if s.identity.subject == client.subject
    )
    await client.leave()
    await until(lambda: session.gone)
    house.front.broadcast.ack(session, 1, {"ok": True})
    assert session.wire.unsent_bytes == 0

"""Acts on a whole exam reach everybody who sits, over real sockets."""

import pytest

from examsync.edge.sockets import seats
from protocol.types import Role
from tests.edge.house import EXAM, attempt_of
from tests.edge.rooms_to_let import Enter, Let
from tests.edge.test_seats import act, sitting
from tests.security.twins import twin


async def test_acts_on_the_exam_are_heard_by_all_who_sit(let: Let, enter: Enter) -> None:
    house = await let()
    clients = [await sitting(house, enter) for _ in range(3)]
    eva = await enter(house, "eva", Role.EXAMINER)
    deadlines = [(await each.ok("heartbeat"))["deadline"] for each in clients]
    ack = await act(eva, "extend", extra_ms=60_000)
    assert (ack["exam_rev"], ack["durable"]) == (1, True)
    told = [(await each.told("time_changed"))["deadline"] for each in clients]
    assert told == [deadline + 60_000 for deadline in deadlines]
    await eva.ok("announce", {"id": "n-1", "exam": EXAM, "text": "Ten minutes."})
    assert {(await each.told("notice"))["text"] for each in clients} == {"Ten minutes."}
    await act(eva, "pause")
    await act(eva, "resume")
    for each in clients:
        assert (await each.told("resumed"))["deadline"] >= told[0]
    await act(eva, "terminate")
    assert {(await each.told("closed"))["state"] for each in clients} == {"terminated"}


async def test_who_comes_late_is_told_of_what_was_done_to_the_exam(let: Let, enter: Enter) -> None:
    first = await let()
    early = await sitting(first, enter)
    eva = await enter(first, "eva", Role.EXAMINER)
    for id_, text in (("n-1", "No phones."), ("n-2", "Question 3: read m/s.")):
        await eva.ok("announce", {"id": id_, "exam": EXAM, "text": text})
    await act(eva, "pause")
    await early.told("paused")
    said = [body for event, body in early.heard if event == "notice"]
    async with twin(first) as second:
        for house in (first, second):
            late = await enter(house, await first.candidate())
            view = await late.join()
            assert view["notices"] == said, "all of them in their order, and when they were said"
            assert "paused_since" in view["times"]
            await late.ok("acknowledge", {"id": "k", "notice": "n-1"})
            again = await enter(first, late.subject)
            assert (await again.join())["notices"] == said[1:]
            await again.leave()
            await late.leave()


async def test_who_is_being_read_again_just_then_is_told_all_the_same(
    let: Let, enter: Enter
) -> None:
    house = await let()
    client = await sitting(house, enter)
    eva = await enter(house, "eva", Role.EXAMINER)
    house.app.attempts.desks[attempt_of(client.subject)].drop()
    await eva.ok("announce", {"id": "n-1", "exam": EXAM, "text": "Ten minutes."})
    assert (await client.told("notice"))["text"] == "Ten minutes."


async def test_an_order_is_carried_out_by_more_than_one_turn_takes(
    let: Let, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "ORDERED_AT_ONCE", 1)
    house = await let()
    clients = [await sitting(house, enter) for _ in range(3)]
    eva = await enter(house, "eva", Role.EXAMINER)
    await act(eva, "terminate")
    assert {(await each.told("closed"))["state"] for each in clients} == {"terminated"}


async def test_a_large_hall_is_told_in_slices_everybody_and_in_order(
    let: Let, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "TOLD_AT_ONCE", 2)
    house = await let()
    clients = [await sitting(house, enter) for _ in range(5)]
    eva = await enter(house, "eva", Role.EXAMINER)
    texts = [f"word {number}" for number in range(4)]
    for number, text in enumerate(texts):
        await eva.ok("announce", {"id": f"n-{number}", "exam": EXAM, "text": text})
    await act(eva, "pause")
    for each in clients:
        await each.told("paused")
        assert [body["text"] for name, body in each.heard if name == "notice"] == texts

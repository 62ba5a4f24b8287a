"""Candidates hear what happens to them, whoever did it and wherever it was confirmed."""

import asyncio
from typing import Any

from examsync.attempts.environment import Sitter
from examsync.attempts.identity import partition
from examsync.attempts.ports import Life
from protocol.facts import Fact
from protocol.from_client import Extend
from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter


async def sitting(house: House, enter: Enter, **changes: Any) -> Client:
    client = await enter(house, await house.candidate(), **changes)
    await client.start()
    return client


async def act(eva: Client, kind: str, *who: Client, **more: Any) -> Any:
    """An act of Eva's on these candidates, or on all if none is named."""
    targets = [attempt_of(each.subject) for each in who] or "all"
    said = {"id": eva.id("x"), "exam": EXAM, "attempts": targets, "reason": "fire", **more}
    return await eva.ok(kind, said)


async def test_acts_on_one_are_heard_by_that_one(house: House, enter: Enter) -> None:
    mine, other = await sitting(house, enter), await sitting(house, enter)
    eva = await enter(house, "eva", Role.EXAMINER)
    before = (await mine.ok("heartbeat"))["deadline"]
    await act(eva, "extend", mine, extra_ms=60_000)
    told = await mine.told("time_changed")
    assert told["deadline"] == before + 60_000
    assert told["reason"] == "fire"
    assert (await mine.ok("heartbeat"))["deadline"] == told["deadline"]
    await act(eva, "pause", mine)
    assert (await mine.told("paused"))["since"] > 0
    assert await mine.refused("answer", {"seq": 1, "item": "q3", "response": True}) == "paused"
    await act(eva, "resume", mine)
    assert (await mine.told("resumed"))["deadline"] > told["deadline"]
    await act(eva, "terminate", mine)
    assert (await mine.told("closed"))["state"] == "terminated"
    await act(eva, "reopen", mine, extra_ms=60_000)
    assert (await mine.told("reopened"))["deadline"] > told["deadline"]
    assert other.heard == []


async def test_the_device_that_loses_the_lease_is_told_and_the_new_one_is_not(
    house: House, enter: Enter
) -> None:
    old = await sitting(house, enter)
    new = await enter(house, old.subject, instance="phone")
    view = await new.join()
    assert (await old.told("lease_lost"))["lease"] == view["lease"]
    assert new.heard == []
    assert await old.refused("answer", {"seq": 9, "item": "q3", "response": True}) == "lease_lost"
    await new.answer(1)


async def test_a_fact_confirmed_elsewhere_is_heard_here(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    id_ = attempt_of(client.subject)
    extend = Extend("far-1", EXAM, [id_], 60_000, "elsewhere")
    heard, house.app.attempts.listeners[:] = house.app.attempts.listeners[:], []
    try:  # as if another process had confirmed it: nobody here listens
        sitter = Sitter(id_, "examiner:far")
        reply = await house.app.attempts.act(house.app.clock.now(), sitter, extend, EXAM)
    finally:
        house.app.attempts.listeners[:] = heard
    assert reply.attempt is not None
    assert client.heard == []
    house.front.seats.heard(reply.attempt, await fact_of(house, id_, reply.attempt.n))
    assert (await client.told("time_changed"))["reason"] == "elsewhere"


async def fact_of(house: House, attempt_id: str, n: int) -> Fact:
    """The nth fact of an attempt, once it is in Postgres."""
    found: list[Fact] = []
    async with asyncio.timeout(5):
        while not found:
            await asyncio.sleep(0.05)
            found = await house.app.records.timeline(attempt_id, n - 1, 1)
    return found[0]


async def test_after_a_new_epoch_clients_are_asked_to_send_again_at_random_times(
    house: House, enter: Enter
) -> None:
    clients = [await sitting(house, enter) for _ in range(6)]
    for p in range(house.app.config.redis.partitions):
        house.front.seats.new_life(Life(p, 9, "run", "0-0", 0))
    told = [await each.told("replay") for each in clients]
    assert [each["attempt"] for each in told] == [attempt_of(c.subject) for c in clients]
    assert {each["epoch"] for each in told} == {9}
    assert len({each["after_ms"] for each in told}) > 1
    assert all(0 <= each["after_ms"] <= 3_000 for each in told)


async def test_a_new_epoch_of_a_partition_is_told_to_those_in_it(
    house: House, enter: Enter
) -> None:
    partitions = house.app.config.redis.partitions
    clients = [await sitting(house, enter) for _ in range(4)]
    p = partition(attempt_of(clients[0].subject), partitions)
    house.front.seats.new_life(Life(p, 9, "run", "0-0", 0))
    await clients[0].told("replay")
    others = [c for c in clients if partition(attempt_of(c.subject), partitions) != p]
    house.front.seats.results_released([attempt_of(each.subject) for each in others])
    for other in others:  # what was told before this would have been heard before this
        await other.told("results")
        assert [event for event, _ in other.heard] == ["results"]


async def test_released_results_are_announced(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    house.front.seats.results_released([attempt_of(client.subject), "a-nobody"])
    assert await client.told("results") == {"attempt": attempt_of(client.subject)}


async def test_a_device_without_the_lease_does_not_hide_that_the_writing_one_is_away(
    house: House, enter: Enter
) -> None:
    client = await sitting(house, enter)
    new = await enter(house, client.subject, instance="phone")
    await new.join()
    links = {link.attempt: link for link in house.app.monitor.presence.links()}
    link = links[attempt_of(client.subject)]
    await new.leave()
    await until(lambda: link.closed)
    seen = link.seen_at
    await client.ok("heartbeat", {"pending": 3})
    await house.front.look()
    assert (link.seen_at, link.pending) == (seen, 0)


async def test_a_frame_of_any_kind_is_noted_at_the_next_look_and_who_was_not_heard_of_is_not(
    house: House, enter: Enter
) -> None:
    one, other = await sitting(house, enter), await sitting(house, enter)
    links = {link.attempt: link for link in house.app.monitor.presence.links()}
    first, second = links[attempt_of(one.subject)], links[attempt_of(other.subject)]
    await house.front.look()
    second.seen_at = 0
    wires = {s.identity.subject: s.wire for s in house.front.broadcast.sessions.values()}
    wires[one.subject].seen_at = house.app.clock.now() + 1
    wires[other.subject].seen_at -= 60_000
    await house.front.look()
    assert first.seen_at == wires[one.subject].seen_at
    assert second.seen_at == 0


async def test_who_sits_down_again_after_a_while_is_not_taken_for_silent_until_the_next_frame(
    house: House, enter: Enter
) -> None:
    client = await sitting(house, enter)
    presence = house.app.monitor.presence
    presence.gone(attempt_of(client.subject))
    list(presence.sweep(presence.links(), 2**61))
    list(presence.sweep(presence.links(), 2**62))
    assert presence.links() == []
    for session in house.front.broadcast.sessions.values():
        session.wire.opened_at -= 60_000
    await client.join()
    (link,) = presence.links()
    (session,) = house.front.broadcast.sessions.values()
    assert link.seen_at >= session.wire.seen_at

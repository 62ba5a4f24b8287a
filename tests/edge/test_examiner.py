"""An examiner's work over an unmodified Socket.IO client."""

import asyncio
import json
from typing import Any

from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter, Open


async def examiner(house: House, enter: Enter, **changes: Any) -> Client:
    return await enter(house, "eva", Role.EXAMINER, **changes)


def rows(client: Client) -> dict[str, Any]:
    """The rows an examiner has been told, the latest of each attempt."""
    told = [body for name, body in client.heard if name in ("roster", "progress")]
    return {row["attempt"]: row for body in told for row in body.get("rows", [])}


async def test_watching_gives_a_snapshot_then_what_changes(house: House, enter: Enter) -> None:
    who = await house.candidate()
    eva = await examiner(house, enter)
    watched = await eva.ok("watch", {"exam": EXAM})
    assert (watched["exam"], watched["snapshot"]) == (EXAM, True)
    await until(lambda: attempt_of(who) in rows(eva))
    client = await enter(house, who)
    await client.start()
    await client.answer(1)
    await until(lambda: rows(eva)[attempt_of(who)]["answered"] == 1)
    await client.ok("violation", {"id": "v-1", "kind": "copy", "at": 1})
    violation = await eva.told("violation")
    assert violation["violations"][0]["attempt"] == attempt_of(who)


async def test_a_watcher_of_a_hall_sees_that_hall(house: House, enter: Enter) -> None:
    here, there = await house.candidate("hall-7"), await house.candidate("hall-8")
    eva = await examiner(house, enter, halls=frozenset({"hall-7"}))
    await eva.ok("watch", {"exam": EXAM})
    for who in (here, there):
        client = await enter(house, who)
        await client.start()
    await until(lambda: rows(eva).get(attempt_of(here), {}).get("state") == "in_progress")
    assert attempt_of(there) not in rows(eva)


async def test_after_unwatching_nothing_more_is_told(house: House, enter: Enter) -> None:
    eva = await examiner(house, enter)
    await eva.ok("watch", {"exam": EXAM})
    assert (await eva.ok("unwatch", {"exam": EXAM}))["exam"] == EXAM
    heard = len(eva.heard)
    client = await enter(house, await house.candidate())
    await client.start()
    await asyncio.sleep(0.6)  # longer than changes are held back
    assert len(eva.heard) == heard


async def test_watching_again_replaces_the_first_watch(house: House, enter: Enter) -> None:
    eva = await examiner(house, enter)
    for _ in range(3):
        await eva.ok("watch", {"exam": EXAM})
    (watchers,) = house.front._examiners._watchers.values()
    assert list(watchers) == [EXAM]
    await eva.leave()
    await until(lambda: house.front._examiners._watchers == {})


async def test_nothing_is_kept_of_who_leaves_before_the_watch_begins(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    await raw.send(*['42/monitor,["watch",{"exam":"exam-1"}]'] * 20)
    await raw.socket.close()
    await until(lambda: house.sids()[0] == 0)
    await house.front._errands.drained()
    assert house.front._examiners._watchers == {}


async def test_what_does_not_exist_cannot_be_watched(house: House, enter: Enter) -> None:
    nowhere = frozenset({EXAM, "nowhere"})
    eva = await examiner(house, enter, exams=nowhere)
    assert await eva.refused("watch", {"exam": "nowhere"}) == "not_found"


async def test_an_act_says_what_was_done_and_what_was_not(house: House, enter: Enter) -> None:
    one, two = await house.candidate(), await house.candidate()
    client = await enter(house, one)
    await client.start()
    eva = await examiner(house, enter)
    ids = [attempt_of(one), attempt_of(two), "a-nobody"]
    ack = await eva.ok("pause", {"id": "p-1", "exam": EXAM, "attempts": ids, "reason": "noise"})
    assert ack["done"] == ids[:1]
    assert list(ack["receipts"]) == ids[:1]
    codes = {each["attempt"]: each["problem"]["code"] for each in ack["not_done"]}
    assert codes == {ids[1]: "not_started", ids[2]: "not_found"}


async def test_a_repeated_act_has_no_further_effect(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    deadline = (await client.start())["deadline"]
    eva = await examiner(house, enter)
    act = {"id": "e-7", "exam": EXAM, "attempts": [attempt_of(client.subject)], "reason": "r"}
    first = await eva.ok("extend", {**act, "extra_ms": 60_000})
    again = await eva.ok("extend", {**act, "extra_ms": 60_000})
    assert again["receipts"] == first["receipts"]
    assert (await client.ok("heartbeat"))["deadline"] == deadline + 60_000


async def test_a_timeline_comes_in_pages(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    for seq in range(1, 6):
        await client.answer(seq)
    eva = await examiner(house, enter)
    asked = {"attempt": attempt_of(client.subject), "limit": 3}
    await flushed(house, client)
    first = await eva.ok("timeline", asked)
    assert [fact["body"]["kind"] for fact in first["facts"]][:2] == ["lease_granted", "started"]
    assert first["more"] is True
    rest = await eva.ok("timeline", {**asked, "since": first["facts"][-1]["n"], "limit": 9})
    assert (len(rest["facts"]), rest["more"]) == (4, False)


async def flushed(house: House, client: Client) -> None:
    """Wait until all that a candidate did is in Postgres."""

    def durable() -> bool:
        attempt = house.app.attempts.confirmed(attempt_of(client.subject))
        return attempt is not None and attempt.durable == attempt.rev

    await until(durable)


async def test_acts_of_one_session_are_done_in_their_order(
    house: House, enter: Enter, open_raw: Open
) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    act = {"exam": EXAM, "attempts": [attempt_of(client.subject)], "reason": "r"}
    kinds = ["pause", "resume"] * 5
    for n, kind in enumerate(kinds):
        await raw.send(f"42/monitor,{n}{json.dumps([kind, {**act, 'id': f'o-{n}'}])}")
    acks = [await raw.ack("/monitor", n) for n in range(len(kinds))]
    assert [len(ack["done"]) for ack in acks] == [1] * len(kinds)

"""The client of `loadtest` on the wire: a whole exam, cuts, a crash, a second device."""

import itertools
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import pytest

from examsync.attempts.export import export
from loadtest.bots.responding import respond
from loadtest.client.candidate import Candidate
from loadtest.client.connection import Connection
from loadtest.client.ledger import Ledger
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session
from loadtest.reconcile import Findings, reconcile
from loadtest.report import Report, Seated, tell
from protocol.facts import AnswerSaved
from protocol.from_client import Client
from protocol.http import ExportedAttempt
from tests.edge.house import EXAM, House, attempt_of

NUMBERS = itertools.count(1)
WITHIN_S = 15.0


class Device:
    """One client instance with a place where its outbox survives crashes."""

    def __init__(self, house: House, who: str, instance: str) -> None:
        self.house, self.who, self.instance = house, who, instance
        self.stored = b""
        self.ledgers: list[Ledger] = []
        self.wake()

    def wake(self) -> None:
        """A new process on the same device."""
        outbox = Outbox.load(self.stored) if self.stored else Outbox()
        self.session = Session(EXAM, outbox, lambda: 0.1, self.make_id)
        self.candidate = Candidate(self.session, self.make_id)
        client = Client(self.instance, "tests")
        self.connection = Connection(
            self.session, self.house.url, lambda: self.house.token(self.who), client, self.save
        )
        self.ledgers.append(self.session.ledger)
        self.connection.open()

    def make_id(self) -> str:
        return f"{self.instance}-{next(NUMBERS)}"

    def save(self, stored: bytes) -> None:
        self.stored = stored

    async def reach(self, true: Callable[[], bool]) -> None:
        """Wait for it; says where the client stands if it never comes."""
        if not await self.connection.until(true, WITHIN_S):
            session = self.session
            pytest.fail(f"{session.state} {session.reason} {session.outbox.entries}")

    async def live(self) -> None:
        await self.reach(lambda: self.session.state == "live")

    async def started(self) -> None:
        await self.live()
        self.act(self.candidate.start)
        await self.reach(lambda: bool(self.session.view.items()))

    def act(self, what: Callable[..., Any], *arguments: Any) -> None:
        self.connection.do(what(*arguments, self.connection.now()))

    def answer(self, index: int, seed: int = 0) -> None:
        """A fitting answer to one of the items, another one for each seed."""
        item = self.session.view.items()[index]
        response = respond(item, None, Random(seed))
        now = self.connection.now()
        self.connection.do(self.candidate.answer(item.id, response, now))


Sit = Callable[..., Device]


@pytest.fixture
async def sit(house: House) -> AsyncIterator[Sit]:
    """Sit somebody down; all devices are switched off after the test."""
    devices: list[Device] = []

    def sitting(who: str, instance: str = "web") -> Device:
        devices.append(Device(house, who, f"{instance}-{who}"))
        return devices[-1]

    yield sitting
    for device in devices:
        device.connection.end(politely=True)


async def stored(house: House, who: str) -> ExportedAttempt:
    """What Postgres holds of somebody."""
    attempts = [a async for a in export(house.app.records, EXAM) if a.candidate == who]
    return attempts[0]


def latest(*devices: Device) -> Seated:
    """What all processes on these devices have had acked."""
    seated = Seated(devices[0].who)
    tell(seated, [ledger for device in devices for ledger in device.ledgers])
    return seated


async def nothing_lost(house: House, *devices: Device) -> Findings:
    """Compare, once all of it must be durable."""
    report = Report(EXAM, 0, 0, people=[latest(*devices)])
    return reconcile(report, [await stored(house, devices[0].who)])


async def test_a_whole_exam_is_sat_and_drains(house: House, sit: Sit) -> None:
    who = await house.candidate()
    device = sit(who)
    await device.started()
    for index in range(len(device.session.view.items())):
        device.answer(index)
    device.act(device.candidate.violation, "tab_hidden")
    device.act(device.candidate.submit)
    await device.reach(lambda: device.session.settled)
    findings = await nothing_lost(house, device)
    assert findings.ok, findings
    assert findings.compared == len(device.session.view.items())
    assert (await stored(house, who)).state == "submitted"
    assert device.session.troubles == {}


async def test_an_answer_that_is_too_large_is_told_and_the_connection_stays(
    house: House, sit: Sit
) -> None:
    device = sit(await house.candidate())
    await device.started()
    essay = next(item.id for item in device.session.view.items() if item.kind == "long_text")
    now = device.connection.now()
    device.connection.do(device.candidate.answer(essay, "😀" * 17_000, now))  # 68,000 bytes
    (refusal,) = device.session.outbox.refused
    assert refusal.code == "too_large"
    assert "a message 65536 at most" in refusal.detail
    device.connection.do(device.candidate.answer(essay, "Short.", now))
    await device.reach(lambda: not device.session.outbox.entries)
    assert (device.session.state, device.connection.dials) == ("live", 1)


async def test_what_was_typed_offline_arrives_when_the_network_is_back(
    house: House, sit: Sit
) -> None:
    device = sit(await house.candidate())
    await device.started()
    device.connection.set_online(False)
    for index in range(4):
        device.answer(index, seed=index)
    device.answer(0, seed=99)
    assert device.session.outbox.pending() == 4, "the newest of each item"
    device.connection.set_online(True)
    await device.reach(lambda: device.session.outbox.pending() == 0)
    await device.reach(lambda: not device.session.outbox.entries)
    assert (await nothing_lost(house, device)).ok
    facts = await house.app.records.timeline(attempt_of(device.who), 0, 100)
    saved = [fact.body.item for fact in facts if isinstance(fact.body, AnswerSaved)]
    assert len(saved) == len(set(saved)) == 4, "each item's last value, once"


async def test_a_crashed_client_resumes_with_what_its_disk_holds(house: House, sit: Sit) -> None:
    device = sit(await house.candidate())
    await device.started()
    device.answer(0)
    await device.reach(lambda: device.session.outbox.pending() == 0)
    device.answer(1)
    device.answer(2)
    device.connection.end(politely=False)
    device.wake()
    await device.reach(lambda: not device.session.outbox.entries)
    assert len(device.session.view.items()) > 3
    attempt = await stored(house, device.who)
    assert len(attempt.responses) == 3
    assert (await nothing_lost(house, device)).ok


async def test_a_client_that_is_cut_again_and_again_loses_nothing(house: House, sit: Sit) -> None:
    device = sit(await house.candidate())
    await device.started()
    for turn in range(12):
        device.answer(turn % 4, seed=turn)
        if turn % 3 == 0:
            device.connection.set_online(False)
            device.connection.set_online(True)
            await device.live()
    await device.reach(lambda: not device.session.outbox.entries)
    findings = await nothing_lost(house, device)
    assert findings.ok, findings
    assert device.session.view.joins == 5


async def test_a_second_device_goes_on_and_the_first_says_what_was_not_taken(
    house: House, sit: Sit
) -> None:
    who = await house.candidate()
    first = sit(who, "laptop")
    await first.started()
    first.answer(0)
    await first.reach(lambda: first.session.outbox.pending() == 0)
    first.connection.set_online(False)
    first.answer(1, seed=5)
    second = sit(who, "tablet")
    await second.live()
    assert len(second.session.view.responses) == 1
    second.answer(2)
    first.connection.set_online(True)
    await first.reach(lambda: first.session.settled)
    assert (first.session.reason, second.session.state) == ("lease_lost", "live")
    assert [r.code for r in first.session.outbox.refused if r.event == "answer"] == ["lease_lost"]
    await second.reach(lambda: not second.session.outbox.entries)
    assert (await nothing_lost(house, first, second)).ok
    assert len((await stored(house, who)).kept) == 1


async def test_a_client_without_a_good_token_is_told_why_and_gives_up(
    house: House, sit: Sit
) -> None:
    device = sit("nobody-registered")
    await device.reach(lambda: device.session.state == "closed")
    assert device.session.reason == "not_found"


async def test_it_knows_the_servers_time_better_than_its_round_trip(house: House, sit: Sit) -> None:
    device = sit(await house.candidate())
    await device.live()
    await device.reach(lambda: device.session.clock.rtt_ms is not None)
    rtt_ms = device.session.clock.rtt_ms or 0
    seen = device.session.clock.server_now(device.connection.now())
    assert abs(seen - house.app.clock.now()) <= rtt_ms + 50

"""The people of a soak at a real server: crowds that are killed, strangers who are cut."""

import asyncio
from collections import Counter
from contextlib import ExitStack
from random import Random

import pytest

from loadtest.bots.device import Device
from loadtest.client import silence
from loadtest.faults.proxy import Proxy
from loadtest.ports import free_port
from loadtest.soak import people
from loadtest.soak.crowd import Plan
from loadtest.soak.people import Hall, Place
from loadtest.soak.storm import Crowd
from protocol.types import Role
from tests.edge.house import EXAM, House, until
from tests.edge.rooms_to_let import Let


def place_at(house: House, leaving: ExitStack) -> Place:
    examiner = house.token("eva", Role.EXAMINER)
    hall = Hall(house.url, EXAM, "asha", house.token("asha"), examiner)
    proxy = Proxy(house.port, 0)
    return Place(lambda: hall, house.port, proxy, Random(1), Counter(), Counter(), leaving)


async def test_a_crowd_joins_and_when_it_is_killed_nothing_of_it_is_left(let: Let) -> None:
    house = await let()
    tokens = [house.token(await house.candidate()) for _ in range(12)]
    crowd = Crowd(Plan(house.url, EXAM, tokens, "127.0.0.2"))
    try:
        arrived = await asyncio.to_thread(crowd.come, 4, 30.0)
        assert (arrived.joined, arrived.faults, arrived.dropped) == (12, 0, 0)
        assert house.sids()[0] == 12
    finally:
        crowd.kill()
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_a_crowd_that_is_sent_away_comes_back_until_all_are_in(let: Let) -> None:
    house = await let(connects_per_s=5)
    tokens = [house.token(await house.candidate()) for _ in range(12)]
    crowd = Crowd(Plan(house.url, EXAM, tokens))
    try:
        arrived = await asyncio.to_thread(crowd.come, 12, 30.0)
    finally:
        crowd.kill()
    assert arrived.joined == 12
    assert arrived.sent_away > 0
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_strangers_are_cut_by_the_server_itself(let: Let) -> None:
    house = await let(namespace_wait_s=1)
    with ExitStack() as leaving:
        place = place_at(house, leaving)
        visits = [people.mute(place, 1.0), people.refused(place, 1.0)]
        visits += [people.malformed(place, 1.0) for _ in range(12)]
        await asyncio.gather(*visits)
        assert place.faults == Counter()
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_who_sits_answers_and_who_watches_watches(let: Let) -> None:
    house = await let()
    with ExitStack() as leaving:
        place = place_at(house, leaving)
        await asyncio.gather(
            people.crashing(place, 6.0),
            people.watching(place, 1.0),
            people.slow_watching(place, 1.0),
        )
        assert place.faults == Counter()
        assert place.did["answers"] > 0
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_a_client_whose_server_went_silent_comes_back_by_itself(
    let: Let, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "SILENCE_MAX_MS", 500)
    house = await let()
    proxy = Proxy(house.port, free_port())
    await proxy.open()
    token = house.token("asha")
    device = Device(f"http://127.0.0.1:{proxy.port}", EXAM, token, "tab-1", Random(1))
    try:
        assert await device.connection.until(lambda: device.live, 10.0)
        device.act(device.candidate.start)
        assert await device.connection.until(lambda: bool(device.session.view.items()), 10.0)
        proxy.half_open(client_stays=True)  # nobody tells the client
        device.act(device.candidate.answer, "q3", True)
        acked = device.session.ledger.answers
        assert await device.connection.until(lambda: bool(acked), 10.0)
        assert device.connection.dials == 2
    finally:
        device.switch_off()
        await proxy.close()
    await until(lambda: house.sids() == (0, 0, 0, 0))

"""What people cost who do nothing: the paper they have, and the goals."""

import csv
import io

import msgspec
import pytest

from loadtest.bench.reach import memory
from tests.unit.loadtest.bench.windows import window


def test_the_bank_has_as_many_questions_as_are_asked_for_each_another() -> None:
    head, *lines = csv.reader(io.StringIO(memory.bank(90).decode()))
    assert len(lines) == len({line[1] for line in lines}) == 90
    assert {len(line) for line in lines} == {len(head)}


@pytest.mark.parametrize(("kb", "met"), [(16.0, True), (16.1, False)])
def test_memory_is_held_against_its_goal(kb: float, met: bool) -> None:
    found = memory.row_of_memory(10_000, kb, 30.0, 90 << 20)
    assert (found.figure, found.met, found.remarks) == (kb, met, [])
    assert found.also["the empty server, MB"] == 90


@pytest.mark.parametrize(("used_s", "met"), [(0.3, True), (0.31, False)])
def test_the_idle_share_is_that_with_heartbeats(used_s: float, met: bool) -> None:
    pings = window("idle", cpu_s=0.1)
    beats = msgspec.structs.replace(window("idle", cpu_s=used_s), beats=2_000)
    found = memory.row_of_idle(10_000, pings, beats)
    assert found.figure == pytest.approx(50 * used_s)
    assert found.met is met
    assert found.also == {"without heartbeats, %": pytest.approx(5.0), "heartbeats/s": 1_000}


def test_fewer_people_than_the_goal_speaks_of_are_remarked_on() -> None:
    assert memory.row_of_memory(200, 1.0, 1.0, 0).remarks == ["200 people, not 10,000"]

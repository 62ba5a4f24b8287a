"""A candidate starts when it is time, does what is due, counts how late, and goes home acked."""

import time
from random import Random

from loadtest.swarm.shapes import Script
from loadtest.swarm.sitter import Sitter
from tests.unit.loadtest.swarm.far_end import FarEnd, far_end
from tests.unit.loadtest.swarm.test_device import ANSWERS, Told, device

SUBMITTED = {"ok": True, "rev": [1, 9], "receipt": "r"}
ALL = {**ANSWERS, "submit": SUBMITTED, "violation": {**SUBMITTED, "rev": [1, 8]}}
SOON = Script(start_s=0.0, cuts_s=(), answers_until_s=60.0, submit_s=60.0, think_s=0.05)
WITHIN_S = 20.0


def sitter(end: FarEnd, part: Script) -> tuple[Sitter, Told]:
    """The far end says that it is 5,000 ms since 1970, which is when the run begins."""
    made, told = device(end)
    return Sitter("asha", made, part, Random(2), began_ms=5_000.0), told


def play(one: Sitter, until_event: str, end: FarEnd, times: int = 1) -> None:
    """What locust does: act, wait, act."""
    over_s = time.monotonic() + WITHIN_S
    while sum(event == until_event for event, _ in end.got) < times:
        assert time.monotonic() < over_s, end.got
        one.act()
        time.sleep(min(one.wait_s(), 0.02))


def test_answers_are_planned_in_time_and_do_not_wait_for_acks() -> None:
    with far_end({**ALL, "answer": None}) as end:
        one, told = sitter(end, SOON)
        play(one, "answer", end, times=5)
        assert told.rows.get("WSC answer").count == 0  # none was acked
        assert told.rows.get("GEN slip").timed.count >= 5
        one.device.end()


def test_whoever_is_early_waits_for_the_bell() -> None:
    with far_end(ALL) as end:
        late = Script(start_s=1.5, cuts_s=(), answers_until_s=60, submit_s=60, think_s=0.05)
        one, _ = sitter(end, late)
        play(one, "join", end)
        play(one, "start", end)
        assert one.now_s() >= 1.5
        one.device.end()


def test_when_it_is_time_all_is_handed_in_and_nothing_is_answered_after() -> None:
    with far_end(ALL) as end:
        part = Script(start_s=0.0, cuts_s=(), answers_until_s=0.8, submit_s=0.8, think_s=0.1)
        one, told = sitter(end, part)
        play(one, "submit", end)
        seated = one.leave(WITHIN_S)
        assert one.wait_s() > 60
        assert (seated.pending, seated.state) == (0, "closed")
        assert [event for event, _ in end.got][-1] == "submit"
        assert {"start", "submit"} <= {command.event for command in seated.commands}
        assert seated.acked == told.rows.get("WSC answer").timed.count
        assert told.rows.failed == 0


def test_how_much_later_than_planned_it_acted_is_measured() -> None:
    with far_end(ALL) as end:
        one, told = sitter(end, SOON)
        play(one, "answer", end)
        time.sleep(0.4)  # the machine is busy
        play(one, "answer", end, times=2)
        one.device.end()
        assert told.rows.get("GEN slip").timed.max_ms >= 250


def test_a_candidate_who_is_shut_out_is_a_failure_told_once() -> None:
    with far_end(ALL) as end:
        one, told = sitter(end, SOON)
        play(one, "answer", end)
        closed = {"attempt": "att", "rev": [1, 4], "state": "terminated", "closed_at": 1}
        end.say("closed", closed)
        told.until("WSR closed")
        for _ in range(40):
            one.act()
            time.sleep(0.01)
        one.device.end()
        assert told.rows.get("ERR candidate").failures == {"closed: terminated": 1}


def test_a_join_that_does_not_come_is_looked_at_again_and_again() -> None:
    with far_end({**ALL, "join": None}) as end:
        one, _ = sitter(end, SOON)
        one.act()  # comes back after LOOK_S, so that a stop is heard
        assert one.wait_s() == 0.0
        assert not one.started
        one.device.end()

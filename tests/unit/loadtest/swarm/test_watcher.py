"""An examiner watches, times what comes, asks again after a gap, and counts what fails."""

import time
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from loadtest.swarm.device import Place
from loadtest.swarm.watcher import Watcher
from protocol.from_server import Progress, Roster, Row, Watched
from protocol.types import AttemptState
from tests.unit.loadtest.swarm.far_end import FarEnd, far_end
from tests.unit.loadtest.swarm.test_device import Told

WITHIN_S = 10.0
WATCHED = msgspec.to_builtins(Watched("e", "E", "1", True, 5_000))
ANSWERS = {"watch": WATCHED}


def row(saved_at: int | None) -> Row:
    return Row("a1", "asha", "Asha", (1, 5), AttemptState.IN_PROGRESS, 1, 9, saved_at=saved_at)


def watching(end: FarEnd) -> tuple[Watcher, Told]:
    told = Told()
    watcher = Watcher(Place(end.url, "e", told), "token", "i-1", Random(1))
    play(watcher, lambda: bool(end.got))
    told.until("WSC watch")
    return watcher, told


def play(watcher: Watcher, until: Callable[[], object]) -> None:
    over_s = time.monotonic() + WITHIN_S
    while not until():
        assert time.monotonic() < over_s
        watcher.act()
        time.sleep(0.02)


def say(end: FarEnd, event: str, body: Any) -> None:
    end.say(event, msgspec.to_builtins(body))


def test_a_snapshot_is_counted_and_a_delta_is_timed() -> None:
    with far_end(ANSWERS) as end:
        watcher, told = watching(end)
        say(end, "roster", Roster("e", "1", rows=[row(4_000)]))
        say(end, "progress", Progress("e", "2", "1", [row(4_900)]))
        told.until("FAN progress")
        watcher.leave()
        assert told.rows.get("FAN progress").timed.count == 1
        assert told.rows.get("FAN progress").timed.max_ms >= 100
        assert told.rows.get("WSR examiner roster").untimed == 1
        assert watcher.feed.seen.gaps == 0
        assert told.rows.failed == 0


def test_after_a_gap_it_asks_again_and_the_gap_is_counted() -> None:
    with far_end(ANSWERS) as end:
        watcher, _ = watching(end)
        say(end, "roster", Roster("e", "1", rows=[row(1)]))
        say(end, "progress", Progress("e", "9", "8", [row(2)]))
        play(watcher, lambda: len(end.got) == 2)
        watcher.leave()
        assert [event for event, _ in end.got] == ["watch", "watch"]
        assert watcher.feed.seen.gaps == 1


def test_a_refused_watch_is_a_failure() -> None:
    refused = {"ok": False, "problem": {"code": "forbidden", "title": "No.", "retry": False}}
    with far_end({"watch": refused}) as end:
        watcher, told = watching(end)
        watcher.leave()
        assert told.rows.get("WSC watch").failures == {"forbidden": 1}


def test_a_feed_that_cannot_be_read_is_a_failure() -> None:
    with far_end(ANSWERS) as end:
        watcher, told = watching(end)
        end.say("progress", {"exam": "e"})
        assert told.until("WSR examiner progress") == {"unreadable": 1}
        watcher.leave()


def test_a_lost_connection_is_a_failure_and_it_comes_back() -> None:
    with far_end(ANSWERS) as end:
        watcher, told = watching(end)
        end.connections[-1].close()
        told.until("WS lost")
        play(watcher, lambda: len(end.got) == 2)
        watcher.leave()
        assert told.rows.get("WS lost").failed == 1
        assert told.rows.get("WS examiner connect").timed.count == 2


def test_a_refused_connection_is_a_failure_by_its_code() -> None:
    with far_end(refusal={"code": "unauthorized"}) as end:
        told = Told()
        watcher = Watcher(Place(end.url, "e", told), "token", "i-1", Random(1))
        watcher.act()
        assert told.until("WS examiner connect") == {"unauthorized": 1}
        watcher.leave()


def test_now_and_then_it_acts_and_each_act_is_a_row() -> None:
    done = {"ok": True, "id": "x", "done": [], "not_done": []}
    timeline = {"ok": True, "attempt": "a1", "facts": [], "more": False}
    with far_end({**ANSWERS, "message": done, "timeline": timeline}) as end:
        watcher, told = watching(end)
        say(end, "roster", Roster("e", "1", rows=[row(1)]))
        told.until("WSR examiner roster")
        play(watcher, lambda: {"message", "timeline"} & {event for event, _ in end.got})
        play(watcher, lambda: {"WSC message", "WSC timeline"} & told.rows.rows.keys())
        watcher.leave()
        assert told.rows.failed == 0

"""The view takes what it is told, and ignores what it does not know."""

from typing import Any

import msgspec

from loadtest.client.view import View, decode
from protocol.examples import examples
from protocol.from_server import EVENTS_FROM_SERVER, Closed, Joined
from protocol.types import AttemptState

EVENTS = EVENTS_FROM_SERVER["/exam"]


def shown(path: str) -> Any:
    return examples()[path]


def heard(view: View, name: str) -> None:
    view.heard(decode(EVENTS, name, msgspec.to_builtins(shown(f"exam/server/{name}"))))


def test_a_join_gives_the_whole_view() -> None:
    view, ack = View(), shown("exam/ack/join")
    view.joined(ack)
    assert (view.state, view.deadline) == (AttemptState.IN_PROGRESS, ack.times.deadline)
    assert view.responses["p1"] == "b"
    assert list(view.notices) == [ack.notices[0].id]


def test_items_come_in_the_candidates_own_order() -> None:
    view = View()
    assert view.items() == []
    view.started(shown("exam/ack/start"))
    assert [item.id for item in view.items()] == ["p2", "p1", "b2", "b1"]


def test_a_join_without_a_paper_does_not_take_the_paper_away() -> None:
    view, ack = View(), shown("exam/ack/join")
    view.joined(ack)
    view.joined(msgspec.structs.replace(ack, paper=None, order=None))
    assert len(view.items()) == 4


def test_events_change_state_and_deadline() -> None:
    view = View()
    view.joined(shown("exam/ack/join"))
    heard(view, "time_changed")
    assert view.deadline == shown("exam/server/time_changed").deadline
    states = []
    for name in ("paused", "resumed", "closed", "reopened"):
        heard(view, name)
        states.append(str(view.state))
    assert states == ["paused", "in_progress", "terminated", "in_progress"]


def test_a_heartbeat_moves_the_deadline_and_a_heartbeat_without_one_does_not() -> None:
    view, beat = View(), shown("exam/ack/heartbeat")
    view.beat(beat)
    view.beat(msgspec.structs.replace(beat, deadline=None))
    assert view.deadline == beat.deadline


def test_a_notice_is_kept_until_the_next_view() -> None:
    view = View()
    heard(view, "notice")
    assert len(view.notices) == 1
    view.joined(msgspec.structs.replace(shown("exam/ack/join"), notices=[]))
    assert view.notices == {}


def test_unknown_events_and_shapes_are_nothing() -> None:
    assert decode(EVENTS, "sing", {}) is None
    assert decode(EVENTS, "closed", {"state": "melted"}) is None
    assert decode(EVENTS, "closed", [1, 2]) is None
    assert isinstance(
        decode(EVENTS, "closed", msgspec.to_builtins(shown("exam/server/closed"))), Closed
    )


def test_a_later_start_time_does_not_replace_an_earlier_view_of_it() -> None:
    view = View()
    ack: Joined = shown("exam/ack/join")
    view.joined(ack)
    times = msgspec.structs.replace(ack.times, started_at=None)
    view.joined(msgspec.structs.replace(ack, times=times))
    assert view.started_at == ack.times.started_at, "a start that was acked is not forgotten"


def test_who_joins_while_the_exam_stands_still_is_paused() -> None:
    view, ack = View(), shown("exam/ack/join")
    times = msgspec.structs.replace(ack.times, paused_since=ack.times.server_time)
    view.joined(msgspec.structs.replace(ack, times=times))
    assert view.state is AttemptState.PAUSED


def test_who_waits_for_the_start_has_not_started_whatever_the_exams_clock_does() -> None:
    view, ack = View(), shown("exam/ack/join")
    times = msgspec.structs.replace(ack.times, started_at=None, deadline=None)
    view.joined(msgspec.structs.replace(ack, state=AttemptState.NOT_STARTED, times=times))
    for name in ("paused", "resumed", "closed", "reopened"):
        heard(view, name)
        if name != "closed":
            assert view.state is AttemptState.NOT_STARTED, name

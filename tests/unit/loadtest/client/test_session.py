"""The client's connection: dialling, joining, waiting, beating, being refused."""

import msgspec

from loadtest.client import sending
from loadtest.client.actions import Dial, HangUp, Send
from loadtest.client.session import DIAL_TIMEOUT_MS
from loadtest.client.silence import SILENCE_MAX_MS
from protocol.from_client import EVENTS_EXAM
from protocol.problems import Code, problem
from tests.unit.loadtest.client.desk import Desk, state


def test_it_dials_joins_and_is_live() -> None:
    desk = Desk()
    assert state(desk.session) == "idle"
    assert desk.session.open(0) == [Dial()]
    assert state(desk.session) == "connecting"
    actions = desk.session.connected(5)
    assert state(desk.session) == "syncing"
    assert [a.event for a in actions if isinstance(a, Send)] == ["join"]
    desk.serve(actions)
    assert state(desk.session) == "live"


def test_everything_it_sends_is_of_the_shape_the_protocol_asks_for() -> None:
    desk = Desk().live()
    desk.candidate.violation("tab_hidden", 3)
    desk.candidate.answer("q1", ["a"], 3)
    desk.candidate.answer("q2", 0.5, 3, spent_ms=4)
    desk.candidate.raise_hand(3)
    desk.session.disconnected(3)
    sends = [a for a in desk.session.connected(4) if isinstance(a, Send)]
    sends += [a for a in desk.session.tick(60_000) if isinstance(a, Send)]
    assert len(sends) > 0
    for send in sends:
        for body in send.body if isinstance(send.body, list) else [send.body]:
            msgspec.convert(body, EVENTS_EXAM[send.event], strict=True)


def test_nothing_is_sent_while_it_is_offline_and_everything_after() -> None:
    desk = Desk().live()
    desk.session.disconnected(10)
    assert state(desk.session) == "offline"
    assert desk.candidate.answer("q1", "a", 20) == []
    assert desk.candidate.violation("tab_hidden", 20) == []
    desk.sent.clear()
    desk.serve(desk.session.connected(30), 30)
    assert desk.sent == ["join", "answer", "violation"]


def test_it_redials_with_growing_jittered_waits() -> None:
    session = Desk().session
    waits, now = [], 0
    session.open(now)
    for _ in range(8):
        session.disconnected(now)
        at = session.next_at(now)
        assert at is not None
        waits.append(at - now)
        now = at
        assert session.tick(now) == [Dial()]
    assert waits == [150, 300, 600, 1_200, 2_400, 4_800, 7_500, 7_500]


def test_it_dials_at_once_when_the_network_is_back() -> None:
    session = Desk().session
    session.open(0)
    session.disconnected(0)
    assert session.online(1) == [Dial()]


def test_a_live_client_does_not_dial_because_the_network_is_back() -> None:
    assert Desk().live().session.online(1) == []


def test_a_dial_that_nobody_reports_on_is_given_up() -> None:
    session = Desk().session
    session.open(0)
    assert session.tick(DIAL_TIMEOUT_MS) == [Dial()]


def test_waits_start_anew_once_it_was_live() -> None:
    desk = Desk()
    for _ in range(6):
        desk.session.open(0)
        desk.session.disconnected(0)
    desk.serve(desk.session.connected(0))
    desk.session.disconnected(0)
    assert desk.session.next_at(0) == 150


def test_a_refused_connection_that_may_pass_is_tried_again_as_told() -> None:
    session = Desk().session
    session.open(0)
    body = msgspec.to_builtins(problem(Code.RATE_LIMITED, retry_after_ms=2_000))
    session.refused(body, 0)
    assert (state(session), session.next_at(0)) == ("offline", 2_150)


def test_a_refused_connection_that_cannot_pass_closes_it_for_good() -> None:
    session = Desk().session
    session.open(0)
    session.refused(msgspec.to_builtins(problem(Code.FORBIDDEN)), 0)
    session.disconnected(1)
    assert (state(session), session.reason, session.next_at(1)) == ("closed", "forbidden", None)


def test_a_refusal_it_cannot_read_is_like_a_lost_connection() -> None:
    session = Desk().session
    session.open(0)
    session.refused({"message": "xhr poll error"}, 0)
    assert state(session) == "offline"
    assert session.next_at(0) is not None


def test_it_beats_regularly_and_learns_time_and_durability() -> None:
    desk = Desk().live()
    desk.serve(desk.candidate.answer("q1", "a", 0))
    assert len(desk.session.outbox.entries) == 3
    desk.server.flush()
    at = desk.session.next_at(0)
    assert at is not None
    desk.serve(desk.session.tick(at), at)
    assert desk.sent[-1] == "heartbeat"
    assert desk.session.outbox.entries == []
    assert desk.session.clock.server_now(at) == desk.server.now
    following = desk.session.next_at(at)
    assert following is not None
    assert 900 <= following - at <= 1_100


def test_a_join_without_an_answer_in_time_is_repeated_on_a_new_connection_only() -> None:
    session = Desk().session
    session.open(0)
    session.connected(0)
    assert session.next_at(0) == sending.ACK_TIMEOUT_MS
    assert session.tick(sending.ACK_TIMEOUT_MS) == [HangUp()]
    assert state(session) == "offline"


def test_a_server_that_went_silent_is_given_up_after_ten_seconds() -> None:
    desk = Desk().live()
    desk.candidate.answer("q1", "a", 100)
    assert HangUp() not in desk.session.tick(100 + SILENCE_MAX_MS - 1)  # unanswered heartbeats
    assert desk.session.next_at(100 + SILENCE_MAX_MS - 1) == 100 + SILENCE_MAX_MS
    assert desk.session.tick(100 + SILENCE_MAX_MS) == [HangUp()]
    assert state(desk.session) == "offline"
    assert desk.session.next_at(100 + SILENCE_MAX_MS) is not None


def test_who_answers_something_else_meanwhile_is_slow_and_not_silent() -> None:
    desk = Desk().live()
    sends = [a for a in desk.candidate.answer("q1", "a", 100) if isinstance(a, Send)]
    assert [send.event for send in sends] == ["answer"]
    desk.session.heard("time_changed", None, 9_000)
    repeated = desk.session.tick(100 + sending.ACK_TIMEOUT_MS)
    assert HangUp() not in repeated
    assert state(desk.session) == "live"


def test_what_a_lost_connection_left_unanswered_is_not_waited_for() -> None:
    session = Desk().session
    session.open(0)
    session.connected(0)
    session.disconnected(5)
    assert session._exchange.silence.ends_at is None

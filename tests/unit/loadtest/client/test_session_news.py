"""What the client does about news: leases, epochs, closings, pauses, servers that leave."""

from typing import Any

import pytest

from loadtest.client.actions import Dial, HangUp, Send
from protocol.problems import Code
from tests.unit.loadtest.client.desk import Desk, state
from tests.unit.loadtest.client.tiny_server import refused


def test_a_lease_older_than_its_own_is_ignored_until_it_gets_a_newer() -> None:
    desk = Desk().live()
    lease = desk.session.outbox.lease
    desk.server.live.lease = ""
    desk.server.live.instance = "web-1"
    desk.session.disconnected(0)
    send = next(a for a in desk.session.connected(0) if isinstance(a, Send))
    old = {**desk.server.handle(1, "web-1", "join", send.body), "lease": "0000000000001-aa"}
    desk.session.replied(send.ticket, old, 0)
    assert state(desk.session) == "syncing"
    desk.serve(desk.session.tick(60_000), 60_000)
    assert desk.session.outbox.lease > lease


def test_losing_the_lease_closes_it_and_it_does_not_come_back_by_itself() -> None:
    desk = Desk().live()
    desk.server.handle(2, "tab-2", "join", {"id": "j2", "exam": "e"})
    desk.serve(
        desk.session.heard("lease_lost", {"attempt": "a", "lease": desk.server.live.lease}, 1)
    )
    assert (state(desk.session), desk.session.reason) == ("closed", "lease_lost")
    desk.session.disconnected(2)
    desk.serve(desk.session.connected(3), 3)
    assert desk.server.live.instance == "tab-2"
    assert state(desk.session) == "closed"


def test_its_unacked_answers_are_shown_when_the_lease_is_lost() -> None:
    desk = Desk().live()
    desk.session.disconnected(0)
    desk.candidate.answer("q1", "mine", 0)
    desk.server.handle(2, "tab-2", "join", {"id": "j2", "exam": "e"})
    desk.serve(desk.session.connected(1), 1)
    shown = [r.body.get("response") for r in desk.session.outbox.refused if r.event == "answer"]
    assert shown == ["mine"]


def test_news_of_a_lease_it_gave_up_long_ago_does_not_close_it() -> None:
    desk = Desk().live()
    desk.session.heard("lease_lost", {"attempt": "a", "lease": "0000000000001-aa"}, 1)
    assert state(desk.session) == "live"


def test_the_candidate_can_take_the_attempt_back_on_purpose() -> None:
    desk = Desk().live()
    desk.server.handle(2, "tab-2", "join", {"id": "j2", "exam": "e"})
    desk.session.heard("lease_lost", {"attempt": "a", "lease": desk.server.live.lease}, 1)
    desk.serve(desk.session.take_over(5), 5)
    assert (state(desk.session), desk.server.live.instance) == ("live", "web-1")


def test_a_device_that_has_to_wait_for_approval_asks_again_and_says_why() -> None:
    session = Desk().session
    session.open(0)
    send = next(a for a in session.connected(0) if isinstance(a, Send))
    reply = refused(Code.TAKEOVER_PENDING, retry_after_ms=5_000)
    session.replied(send.ticket, reply, 0)
    assert (state(session), session.reason) == ("syncing", "takeover_pending")
    assert [a for a in session.tick(5_149) if isinstance(a, Send) and a.event == "join"] == []
    again = next(a for a in session.tick(5_150) if isinstance(a, Send))
    assert again.body == send.body


def test_a_join_refused_for_good_closes_it_with_the_reason() -> None:
    session = Desk().session
    session.open(0)
    send = next(a for a in session.connected(0) if isinstance(a, Send))
    session.replied(send.ticket, refused(Code.TAKEOVER_REFUSED), 0)
    assert (state(session), session.reason) == ("closed", "takeover_refused")


def test_a_new_epoch_makes_it_join_again_before_it_replays_at_the_time_it_was_given() -> None:
    desk = Desk().live()
    desk.serve(desk.candidate.answer("q1", "a", 0))
    desk.server.lose()
    desk.sent.clear()
    body = {"attempt": "a", "epoch": 2, "after_ms": 400}
    desk.serve(desk.session.heard("replay", body, 100), 100)
    assert desk.sent == []
    desk.serve(desk.session.tick(500), 500)
    assert desk.sent[:3] == ["join", "start", "answer"]
    assert desk.server.live.responses["q1"].response == "a"


def beat(desk: Desk, now: int) -> int:
    """Let the next heartbeat go; when that was."""
    at = desk.session.next_at(now)
    assert at is not None
    desk.serve(desk.session.tick(at), at)
    return at


def test_a_new_epoch_that_a_heartbeat_tells_of_makes_it_join_again_within_two_seconds() -> None:
    desk = Desk().live()
    desk.server.flush()
    at = beat(desk, 0)
    assert desk.session.outbox.entries == []
    desk.server.lose()
    desk.sent.clear()
    at = beat(desk, at)
    assert desk.sent == ["heartbeat"]
    desk.serve(desk.session.tick(at + 2_000), at + 2_000)
    assert desk.sent[1] == "join", "the lease may be lost, although everything was durable"


def test_a_server_that_drains_is_left_at_the_time_it_asked_for() -> None:
    desk = Desk().live()
    desk.session.heard("draining", {"reconnect_in_ms": 700}, 100)
    assert HangUp() not in desk.session.tick(799)
    assert desk.session.tick(800) == [HangUp(), Dial()]


def test_an_expired_token_leads_to_a_new_connection() -> None:
    desk = Desk().live()
    desk.candidate.answer("q1", "a", 0)
    desk.session.disconnected(0)
    sends = [a for a in desk.session.connected(0) if isinstance(a, Send)]
    desk.session.replied(sends[0].ticket, refused(Code.TOKEN_EXPIRED), 0)
    at = desk.session.next_at(0)
    assert at is not None
    assert desk.session.tick(at) == [HangUp(), Dial()]


@pytest.mark.parametrize("how", ["submitted", "expired", "terminated"])
def test_a_closed_attempt_closes_it_but_what_is_not_durable_is_looked_after(how: str) -> None:
    desk = Desk().live()
    desk.serve(desk.candidate.answer("q1", "a", 0))
    closed: dict[str, Any] = {"attempt": "a", "rev": [1, 9], "state": how, "closed_at": 5}
    desk.session.heard("closed", closed | {"reason": ""}, 5)
    assert (state(desk.session), desk.session.reason) == ("closed", how)
    left = [entry.event for entry in desk.session.outbox.entries]
    assert left == ["join", "start", "answer"]
    desk.server.flush()
    at = desk.session.next_at(5)
    assert at is not None
    desk.serve(desk.session.tick(at), at)
    assert desk.session.settled
    assert desk.others[-1] == HangUp()
    desk.session.disconnected(at)
    assert desk.session.next_at(at) is None


def test_a_reopened_attempt_goes_on() -> None:
    desk = Desk().live()
    closed: dict[str, Any] = {"attempt": "a", "rev": [1, 9], "state": "submitted", "closed_at": 5}
    desk.session.heard("closed", closed, 5)
    body = {"attempt": "a", "rev": [1, 10], "deadline": 10**15, "reason": "by mistake"}
    desk.session.heard("reopened", body, 6)
    assert state(desk.session) == "live"
    assert desk.session.writable


def test_what_a_paused_attempt_refused_goes_as_soon_as_it_is_resumed() -> None:
    desk = Desk().live()
    send = next(a for a in desk.candidate.answer("q1", "a", 0) if isinstance(a, Send))
    desk.session.replied(send.ticket, refused(Code.PAUSED, retry_after_ms=60_000), 0)
    body = {"attempt": "a", "rev": [1, 4], "deadline": 10**15}
    assert [a.event for a in desk.session.heard("resumed", body, 9) if isinstance(a, Send)] == [
        "answer"
    ]


def test_unknown_events_change_nothing() -> None:
    desk = Desk().live()
    assert desk.session.heard("sing", {"song": "happy"}, 1) == []
    assert desk.session.heard("closed", "what?", 1) == []
    assert state(desk.session) == "live"


def test_what_is_done_after_it_was_over_and_had_hung_up_brings_it_back() -> None:
    """A notice may be acknowledged long after the end."""
    desk = Desk().live()
    closed = {"attempt": "a", "rev": [1, 9], "state": "expired", "closed_at": 5, "reason": ""}
    desk.session.heard("closed", closed, 5)
    desk.server.flush()
    at = desk.session.next_at(5)
    assert at is not None
    desk.serve(desk.session.tick(at), at)
    assert isinstance(desk.others[-1], HangUp)
    desk.session.disconnected(at)
    assert desk.session.next_at(at) is None
    assert desk.candidate.acknowledge("n", at) == [Dial()]
    assert desk.candidate.acknowledge("m", at) == []
    desk.serve(desk.session.connected(at), at)
    assert desk.sent[-3:] == ["join", "acknowledge", "acknowledge"]


def test_one_that_lost_its_lease_names_an_epoch_it_hears_of_later() -> None:
    """Else a server beside another primary is never told, and refuses its replays for ever."""
    desk = Desk().live()
    desk.server.handle(2, "tab-2", "join", {"id": "j2", "exam": "e"})
    lost = {"attempt": "a", "lease": desk.server.live.lease}
    desk.serve(desk.session.heard("lease_lost", lost, 1), 1)
    desk.session.heard("replay", {"attempt": "a", "epoch": 4, "after_ms": 0}, 2)
    assert desk.session.outbox.find("join") is not None
    desk.session.outbox.refuse(desk.session.outbox.entries[0].stamp, "lease_lost", "")
    joins = []
    for now in (5_000, 9_000):
        for action in desk.session.tick(now):
            assert isinstance(action, Send)
            if action.event == "heartbeat":
                beat = {"ok": True, "server_time": 5, "rev": [3, 8], "durable": [3, 8]}
                desk.session.replied(action.ticket, beat, now)
            elif action.event == "join":
                joins.append(action.body)
                desk.session.replied(action.ticket, refused(Code.LEASE_LOST), now)
    assert [body["rev"] for body in joins] == [(4, 0)]
    assert (desk.session.reason, desk.session.outbox.refused) == ("lease_lost", [])


def test_a_submit_whose_attempt_was_closed_in_a_life_that_was_lost_is_given_in_again() -> None:
    desk = Desk().live()
    desk.serve(desk.candidate.answer("q1", "a", 0))
    desk.server.flush()
    desk.session.outbox.command("submit", {"id": "z"}).not_before = 1_000  # its ack was lost
    desk.server.live.closed = True
    desk.session.disconnected(0)
    desk.serve(desk.session.connected(150), 150)
    assert desk.session.reason == "submitted"
    desk.server.lose()
    desk.server.live.instance = ""
    desk.server.live.lease = "9000000000000-zz"
    for now in range(500, 25_000, 500):
        desk.serve(desk.session.tick(now), now)
    assert desk.session.outbox.refused == []
    assert desk.server.live.closed


def test_one_that_lost_a_lease_it_never_heard_of_does_not_come_back_as_a_new_device() -> None:
    desk = Desk()
    desk.session.open(0)
    send = next(a for a in desk.session.connected(0) if isinstance(a, Send))
    desk.session.replied(send.ticket, refused(Code.LEASE_LOST), 0)
    assert desk.session.reason == "lease_lost"
    desk.candidate.raise_hand(1)
    again = next(a for a in desk.session.connected(2) if isinstance(a, Send))
    assert again.body["lease"] == "0000000000000-0"
    on_purpose = [a for a in desk.session.take_over(3) if isinstance(a, Send)]
    assert [("lease" in a.body) for a in on_purpose if a.event == "join"] == [False]

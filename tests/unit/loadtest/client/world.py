"""One client, one tiny server, and everything that can happen between them, step by step.

Driven by hypothesis or by a seeded dice in test_never_lost.py; `check` is called after each step.
"""

import itertools
from typing import Any

from loadtest.client.actions import Action, Dial, Send
from loadtest.client.candidate import Candidate
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session, State
from tests.unit.loadtest.client.tiny_server import TinyServer

ITEMS = ("q1", "q2", "q3")
INSTANCE = "web-1"
BAD = ("bad", "spoils the list")
STEPS_MAX = 400


class World:
    """One client against one tiny server."""

    def __init__(self) -> None:
        self.server = TinyServer()
        self.now = 0
        self.ids = (f"id-{n}" for n in itertools.count(1))
        self.values = (f"v{n}" for n in itertools.count(1))
        self.draws = itertools.cycle([0.0, 0.5, 0.99, 0.25])
        self.connection = 0
        self.dialling = self.up = False
        self.requests: list[Send] = []
        self.replies: list[tuple[int, Any]] = []
        self.stragglers: list[tuple[int, Send]] = []
        self.meant: dict[str, Any] = {}
        self.done: dict[str, str] = {}
        self.acked: dict[str, tuple[tuple[str, int], Any]] = {}
        self.wake(Outbox())
        self.act(self.session.open(self.now))

    def wake(self, outbox: Outbox) -> None:
        """A new process of the client, with what the last one had written down."""
        self.session = Session("e", outbox, lambda: next(self.draws), lambda: next(self.ids))
        self.candidate = Candidate(self.session, lambda: next(self.ids))

    def act(self, actions: list[Action]) -> None:
        """Do what the session asks for."""
        for action in actions:
            if isinstance(action, Send):
                assert self.up, "it sends without a connection"
                self.requests.append(action)
            else:
                self.cut()
                self.dialling = isinstance(action, Dial)

    def cut(self) -> None:
        """The connection ends; what it carried may still reach the server, late."""
        self.up = self.dialling = False
        self.stragglers += [(self.connection, request) for request in self.requests]
        del self.stragglers[:-10]
        self.requests.clear()
        self.replies.clear()

    def serve(self, request: Send) -> Any:
        """The server's reply."""
        return self.server.handle(self.connection, INSTANCE, request.event, request.body)

    def note(self) -> None:
        """What has been acked so far, for ever: the client's ledger dies with its process."""
        for answer in self.session.ledger.latest().values():
            before = self.acked.get(answer.item)
            if before is None or answer.version > before[0]:
                self.acked[answer.item] = (answer.version, answer.response)
        for command in self.session.ledger.commands:
            self.done[command.id] = command.event

    def sits_down(self, answered: int) -> None:
        """Most runs begin where it gets interesting: started, some answers on their way."""
        if answered:
            self.connects()
            self.heal_a_little()
            self.starts()
            self.heal_a_little()
        for item in ITEMS[: answered - 1]:
            self.answers(item)

    # --- the candidate

    def starts(self) -> None:
        if self.session.view.attempt:
            self.act(self.candidate.start(self.now))

    def answers(self, item: str) -> None:
        if self.session.writable:
            self.meant[item] = next(self.values)
            self.act(self.candidate.answer(item, self.meant[item], self.now))

    def answers_badly_and_then_well(self, item: str, bad: str) -> None:
        if self.session.writable:
            self.act(self.candidate.answer(item, bad, self.now))
            self.answers(item)

    def switches_tabs(self) -> None:
        if self.session.writable:
            self.act(self.candidate.violation("tab_hidden", self.now))

    def submits(self) -> None:
        if self.session.writable and len(self.meant) == len(ITEMS):
            self.act(self.candidate.submit(self.now))

    # --- the network

    def connects(self) -> None:
        if not self.dialling:
            return
        self.dialling, self.up = False, True
        self.connection += 1
        self.act(self.session.connected(self.now))

    def cuts(self) -> None:
        if self.up:
            self.cut()
            self.act(self.session.disconnected(self.now))

    def requests_arrive(self, count: int) -> None:
        for request in self.requests[:count]:
            self.replies.append((request.ticket, self.serve(request)))
        del self.requests[:count]

    def a_request_arrives_twice(self) -> None:
        if not self.requests:
            return
        request = self.requests.pop(0)
        self.serve(request)
        self.replies.append((request.ticket, self.serve(request)))

    def a_request_is_lost(self, which: int) -> None:
        if self.requests:
            del self.requests[which % len(self.requests)]

    def a_straggler_arrives(self) -> None:
        if self.stragglers:
            connection, request = self.stragglers.pop(0)
            self.server.handle(connection, INSTANCE, request.event, request.body)

    def replies_arrive(self, count: int, reverse: bool) -> None:
        chosen, self.replies = self.replies[:count], self.replies[count:]
        for ticket, reply in reversed(chosen) if reverse else chosen:
            self.act(self.session.replied(ticket, reply, self.now))

    def a_reply_arrives_twice(self) -> None:
        if not self.replies:
            return
        ticket, reply = self.replies.pop(0)
        self.act(self.session.replied(ticket, reply, self.now))
        self.act(self.session.replied(ticket, reply, self.now))

    def an_ack_is_empty_or_lost(self, which: int, instead: Any) -> None:
        if not self.replies:
            return
        ticket, _ = self.replies.pop(which % len(self.replies))
        if instead is not None:
            self.act(self.session.replied(ticket, instead, self.now))

    # --- time, the client's process, the server

    def time_passes(self, ms: int) -> None:
        self.now += ms
        self.act(self.session.tick(self.now))

    def the_client_crashes_and_comes_back(self) -> None:
        self.note()
        stored = self.session.outbox.dump()
        self.cut()
        self.wake(Outbox.load(stored))
        self.act(self.session.open(self.now))

    def everything_becomes_durable(self) -> None:
        self.server.flush()

    def redis_loses_its_data(self, told: bool) -> None:
        self.server.lose()
        if told and self.up:
            body = {"attempt": "a", "epoch": self.server.epoch, "after_ms": 300}
            self.act(self.session.heard("replay", body, self.now))

    def the_lease_moves_on(self) -> None:
        self.server.forget_instance()

    def a_worker_forgets_its_connections(self) -> None:
        self.server.joined.clear()

    def redis_is_away(self, away: bool) -> None:
        self.server.away = away

    # --- what must hold

    def check(self) -> None:
        """After every step: nothing acked or meant can be lost by what may happen next."""
        self.note()
        self.nothing_acked_is_forgotten_before_it_is_durable()
        self.what_was_meant_is_kept_until_it_is_acked()

    def nothing_acked_is_forgotten_before_it_is_durable(self) -> None:
        entries = self.session.outbox.entries
        for item, (version, _) in self.acked.items():
            stored = self.server.stored.responses.get(item)
            kept = [e.version for e in entries if e.item == item and e.saved]
            durable = stored is not None and stored.version >= version
            assert durable or max(kept, default=("", 0)) >= version, f"{item} {version}"
        here = {entry.body.get("id") for entry in entries if entry.saved}
        missing = self.done.keys() - self.server.stored.commands.keys() - here
        assert {self.done[id_] for id_ in missing} <= self.moot()

    def moot(self) -> set[str]:
        """Commands whose effect is durable under another id have changed nothing of their own."""
        stored = self.server.stored
        done = {"start": stored.started_at is not None, "submit": stored.closed, "join": True}
        return {event for event, moot in done.items() if moot}

    def what_was_meant_is_kept_until_it_is_acked(self) -> None:
        for item, value in self.meant.items():
            here = [e for e in self.session.outbox.entries if e.item == item]
            newest = max(here, key=lambda e: e.version, default=None)
            acked = self.acked.get(item, ("", None))[1]
            assert acked == value or (newest and newest.body["response"] == value), item

    def heal(self) -> None:
        """All heals: the outbox drains, and the server holds what was meant."""
        self.server.away = False
        for _ in range(STEPS_MAX):
            if self.rests():
                break
            self.heal_a_little()
        assert self.rests(), self.session.outbox.entries
        self.note()
        for item, value in self.meant.items():
            assert self.server.stored.responses[item].response == value
        refused = [r for r in self.session.outbox.refused if r.body.get("response") not in BAD]
        assert refused == []

    def rests(self) -> bool:
        return not self.session.outbox.entries and self.session.state in (State.LIVE, State.CLOSED)

    def heal_a_little(self) -> None:
        if self.dialling:
            self.connects()
        while self.requests:
            self.requests_arrive(20)
            self.replies_arrive(20, False)
        while self.replies:
            self.replies_arrive(20, False)
        self.server.flush()
        next_at = self.session.next_at(self.now)
        self.now = max(self.now + 1, next_at if next_at is not None else self.now)
        self.act(self.session.tick(self.now))

"""A session with a tiny server that answers at once, for the tests of the session."""

import itertools

from loadtest.client.actions import Action, Send
from loadtest.client.candidate import Candidate
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session
from tests.unit.loadtest.client.tiny_server import TinyServer


def state(session: Session) -> str:
    """Its state, in a word (and not as a type that mypy would narrow)."""
    return str(session.state)


class Desk:
    """A session with a tiny server that answers at once."""

    def __init__(self, outbox: Outbox | None = None, server: TinyServer | None = None) -> None:
        ids = (f"id-{n}" for n in itertools.count(1))
        self.session = Session("e", outbox or Outbox(), lambda: 0.5, lambda: next(ids))
        self.candidate = Candidate(self.session, lambda: next(ids))
        self.server = server or TinyServer()
        self.sent: list[str] = []
        self.others: list[Action] = []

    def serve(self, actions: list[Action], now: int = 0) -> None:
        for action in actions:
            if not isinstance(action, Send):
                self.others.append(action)
                continue
            self.sent.append(action.event)
            reply = self.server.handle(1, "web-1", action.event, action.body)
            self.serve(self.session.replied(action.ticket, reply, now), now)

    def live(self) -> "Desk":
        self.session.open(0)
        self.serve(self.session.connected(0))
        self.serve(self.candidate.start(0))
        return self

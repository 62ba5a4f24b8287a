"""A candidate's device: a client with a disk. The browser on it can crash; the disk stays."""

from collections.abc import Callable
from random import Random
from typing import Any

from loadtest.client.candidate import Candidate
from loadtest.client.connection import Connection
from loadtest.client.ledger import Ledger
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session, State
from protocol.from_client import Client


class Device:
    """One client instance. `ledgers` has one for each process that ran on it."""

    def __init__(self, url: str, exam: str, token: str, instance: str, dice: Random) -> None:
        self.url, self.exam, self.token, self.instance = url, exam, token, instance
        self.ledgers: list[Ledger] = []
        self.sessions: list[Session] = []
        self.dials = 0
        self._dice = dice
        self._stored = b""
        self._start()

    def reload(self) -> None:
        """The process dies at once; the next one has what the disk holds."""
        self.switch_off(politely=False)
        self._start()

    def switch_off(self, *, politely: bool = True) -> None:
        """The process ends."""
        self.dials += self.connection.dials
        self.connection.dials = 0
        self.connection.end(politely=politely)

    def act(self, what: Callable[..., Any], *arguments: Any, **more: Any) -> None:
        """Do something that a `Candidate` can do."""
        self.connection.do(what(*arguments, self.connection.now(), **more))

    @property
    def live(self) -> bool:
        """Whether it is connected and joined."""
        return self.session.state is State.LIVE

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to send or to wait for."""
        return not self.session.outbox.entries

    def _start(self) -> None:
        outbox = Outbox.load(self._stored) if self._stored else Outbox()
        self.session = Session(self.exam, outbox, self._dice.random, self._make_id)
        self.candidate = Candidate(self.session, self._make_id)
        client = Client(self.instance, "examsync-bots", "1")
        self.connection = Connection(self.session, self.url, lambda: self.token, client, self._save)
        self.ledgers.append(self.session.ledger)
        self.sessions.append(self.session)
        self.connection.open()

    def _save(self, stored: bytes) -> None:
        self._stored = stored

    def _make_id(self) -> str:
        return f"{self._dice.getrandbits(128):032x}"

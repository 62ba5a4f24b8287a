"""A candidate's device: the real client core in a shell of this world, and what its owner does."""

import random
from typing import TYPE_CHECKING, Any

import msgspec

from loadtest.client.actions import Dial, HangUp
from loadtest.client.candidate import Candidate
from loadtest.client.ledger import Ledger
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session
from protocol.problems import Code
from protocol.types import ItemKind
from tests.simulation.loop import VirtualLoop
from tests.simulation.memory_exams import ITEMS, OPTIONS
from tests.simulation.network import Link
from tests.simulation.witness import NUMBERS

if TYPE_CHECKING:
    from tests.simulation.world import World


class Device:
    """One client instance of one attempt. `ledgers` outlive crashes: the world's own record."""

    def __init__(self, world: "World", number: int, instance: str, seat: tuple[str, str]) -> None:
        self.world = world
        self.number = number
        self.loop: VirtualLoop = world.loop
        self.dice: random.Random = world.dice
        self.instance = instance
        self.attempt, self.exam = seat
        self.ledgers: list[Ledger] = []
        self.forgot: list[Ledger] = []
        """Ledgers of sessions whose outbox was lost: what they held cannot be promised."""
        self.link: Link | None = None
        self.running = False
        self.stored = b""
        self._ids = 0
        self._timer: Any = None
        self._values = 0
        self.answers = 0
        self.purposes = 0
        """How often its owner took the attempt over on purpose."""
        self._read: set[str] = set()

    # --- life -------------------------------------------------------------------------------------

    def open(self) -> None:
        """Switch on, with the outbox that was written down, if any."""
        outbox = Outbox.load(self.stored) if self.stored else Outbox()
        self.session = Session(self.exam, outbox, self.dice.random, self._id)
        self.candidate = Candidate(self.session, self._id)
        self.ledgers.append(self.session.ledger)
        self.running = True
        self._do(self.session.open(self.now()))

    def crash(self, *, forget: bool = False, seconds: float = 0.0) -> None:
        """Switch off at once, and on again after a while; `forget`: what was written down is gone
        too."""
        if not self.running:
            return
        self.loop.call_later(seconds, self.open)
        self.running = False
        if forget:
            self.stored = b""
            self.forgot.append(self.session.ledger)
        link, self.link = self.link, None
        if link is not None:
            link.cut()
        if self._timer is not None:
            self._timer.cancel()

    def now(self) -> int:
        """This device's clock: off by minutes, as clocks of devices are."""
        return self.loop.now_ms() - 123_456

    def _id(self) -> str:
        self._ids += 1
        return f"{self.instance}-{self._ids}-{self.dice.getrandbits(24):06x}"

    # --- the shell --------------------------------------------------------------------------------

    def _do(self, actions: list[Any]) -> None:
        outbox = self.session.outbox
        self.stored = outbox.dump()
        for action in actions:
            match action:
                case Dial():
                    self._drop_link()
                    self.world.dial(self)
                case HangUp():
                    self._drop_link()
                case _:
                    self._send(action)
        self._schedule()

    def _send(self, action: Any) -> None:
        if self.link is not None:
            body = msgspec.json.encode(action.body)
            self.link.up((action.ticket, action.event, body, self.attempt))

    def _drop_link(self) -> None:
        link, self.link = self.link, None
        if link is not None:
            link.hang_up()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        now = self.now()
        at = self.session.next_at(now)
        if at is not None:
            self._timer = self.loop.call_later(max(at - now, 0) / 1_000 + 1e-6, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self.running:
            self._do(self.session.tick(self.now()))

    def opened(self, link: Link) -> None:
        """The connection stands."""
        if not self.running:
            link.hang_up()
            return
        self.link = link
        self._do(self.session.connected(self.now()))

    def lost(self, link: Link) -> None:
        """The connection is gone, or could not be made."""
        if self.running and (link is self.link or self.link is None):
            self.link = None
            self._do(self.session.disconnected(self.now()))

    def received(self, link: Link, message: tuple[Any, ...]) -> None:
        """From the worker."""
        if not self.running or link is not self.link:
            return
        kind, what, body = message
        before = self.session.outbox.entries
        if kind == "ack":
            actions = self.session.replied(what, msgspec.json.decode(body), self.now())
        else:
            actions = self.session.heard(what, msgspec.to_builtins(body), self.now())
        if self.session.outbox.entries is not before:
            self.world.checks.dropped(self, before)
        self._do(actions)
        for notice in self.session.view.notices.keys() - self._read:
            self._read.add(notice)
            self.loop.call_later(2 * self.dice.random(), self._saw, notice)

    def _saw(self, notice: str) -> None:
        """The candidate has read a notice."""
        if self.running:
            self._do(self.candidate.acknowledge(notice, self.now()))

    # --- the candidate ----------------------------------------------------------------------------

    def act(self, what: str) -> None:
        """Do something, if that is possible now."""
        if not self.running:
            return
        session, now = self.session, self.now()
        if what == "start":
            if session.view.started_at is None and session.state != "closed":
                self._do(self.candidate.start(now))
        elif what == "take_over":
            if session.reason == Code.LEASE_LOST:
                self.world.seen("take over on purpose")
                self.purposes += 1
                self._do(session.take_over(now))
        elif what == "raise_hand" and session.state != "closed":
            self._do(self.candidate.raise_hand(now, raised=self.dice.random() < 0.7))
        elif session.writable:
            self._work(what, now)

    def _work(self, what: str, now: int) -> None:
        if what == "answer":
            for _ in range(self.dice.choice([1, 1, 1, 2, 5])):
                item = self.dice.choice(list(ITEMS))
                flag = self.dice.random() < 0.2
                self.answers += 1
                spent_ms = NUMBERS * self.number + self.answers
                value = self._value(item)
                self._do(self.candidate.answer(item, value, now, flag=flag, spent_ms=spent_ms))
        elif what == "submit":
            self._do(self.candidate.submit(now))
        elif what == "violation":
            self._do(self.candidate.violation("tab_hidden", now))

    def _value(self, item: str) -> str | None:
        if self.dice.random() < 0.1:
            return None
        if ITEMS[item].kind is ItemKind.SINGLE_CHOICE:
            return self.dice.choice(OPTIONS)
        self._values += 1
        return f"{self.instance} {self._values}"

"""A candidate: arrives, thinks, answers, changes their mind; things happen; goes home."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from random import Random

from loadtest.bots.device import Device
from loadtest.bots.responding import respond
from loadtest.bots.temper import Happening, Temper, think_s
from loadtest.client.candidate import NotWritable
from loadtest.client.outbox import OutboxFull
from loadtest.client.session import State
from loadtest.report import Seated, tell
from protocol.paper import Item, Response

JOIN_WITHIN_S = 60.0
CHANGE, CLEAR, FLAG = 0.18, 0.03, 0.08
"""Of a hundred acts: so many change an earlier answer, clear one, or set a flag."""


class Person:
    """One candidate over all their devices; `device` is the one in use, `make` takes its name."""

    def __init__(
        self, name: str, temper: Temper, dice: Random, make: Callable[[str], Device]
    ) -> None:
        self.name = name
        self.devices: list[Device] = []
        self._make = make
        self.did: Counter[str] = Counter()
        self._temper = temper
        self._dice = dice
        self._answers: dict[str, Response] = {}
        self._seen: set[str] = set()
        self._gone = False

    @property
    def device(self) -> Device:
        """The one in use."""
        return self.devices[-1]

    async def sit(self, begun: float) -> None:
        """The whole afternoon, which began at the loop's time `begun`."""
        if self._temper.absent:
            return
        await _sleep_until(begun + self._temper.arrives_s)
        self.devices.append(self._make(f"{self.name}-{self._dice.getrandbits(32):08x}"))
        loop = asyncio.get_running_loop()
        await self.device.connection.until(self._ready, JOIN_WITHIN_S)
        if self.device.session.view.started_at is None and self.device.live:
            self.device.act(self.device.candidate.start)
            await self.device.connection.until(lambda: bool(self._items()), JOIN_WITHIN_S)
        coming = list(self._temper.happenings)
        next_at = loop.time()
        while not self._finished():
            next_at += think_s(self._temper, self._dice)
            while coming and begun + coming[0][0] <= next_at:
                at, what = coming.pop(0)
                await _sleep_until(begun + at)
                self._happen(what)
            await _sleep_until(min(next_at, self._time_is_up()))
            self.act()

    def _time_is_up(self) -> float:
        """The deadline as the loop's time: whoever still thinks then hands in."""
        session, connection = self.device.session, self.device.connection
        if session.view.deadline is None or not session.writable:
            return math.inf
        left_ms = session.view.deadline - session.clock.server_now(connection.now())
        return asyncio.get_running_loop().time() + left_ms / 1_000

    def _ready(self) -> bool:
        return self.device.session.state in (State.LIVE, State.CLOSED)

    def _finished(self) -> bool:
        return self._gone or self.device.session.state is State.CLOSED

    def _items(self) -> list[Item]:
        return self.device.session.view.items()

    def act(self) -> None:
        """Read notices; answer something, if the attempt runs."""
        session = self.device.session
        for notice in session.view.notices.keys() - self._seen:
            self._seen.add(notice)
            self.did["acknowledge"] += 1
            self.device.act(self.device.candidate.acknowledge, notice)
        deadline = session.view.deadline
        now = session.clock.server_now(self.device.connection.now())
        if not session.writable or not self._items():
            return
        if deadline is not None and now >= deadline:
            self._submit()
        else:
            self._answer()

    def _answer(self) -> None:
        items, dice = self._items(), self._dice
        empty = [item for item in items if self._answers.get(item.id) is None]
        item = dice.choice(items) if not empty or dice.random() < CHANGE else empty[0]
        response = respond(item, self._answers.get(item.id), dice)
        if dice.random() < CLEAR:
            response = None
        flag = dice.random() < FLAG
        try:
            self.device.act(
                self.device.candidate.answer,
                item.id,
                response,
                flag=flag,
                spent_ms=int(self._temper.think_s * 1_000),
            )
        except (NotWritable, OutboxFull) as refusal:
            self.did[type(refusal).__name__] += 1
            return
        self._answers[item.id] = response
        self.did["answer"] += 1

    def _happen(self, what: Happening) -> None:
        self.did[what] += 1
        device = self.device
        match what:
            case Happening.GO_OFFLINE:
                device.connection.set_online(False)
            case Happening.COME_ONLINE:
                device.connection.set_online(True)
            case Happening.LEAVE_TAB if device.session.writable:
                device.session.visible = False
                device.act(device.candidate.violation, "tab_hidden")
            case Happening.RETURN_TO_TAB:
                device.session.visible = True
            case Happening.RAISE_HAND:
                device.act(device.candidate.raise_hand, text="मेरी स्क्रीन काली हो गई")
            case Happening.RELOAD:
                device.reload()
            case Happening.CHANGE_DEVICE:
                self._change_device()
            case Happening.VANISH:
                self._gone = True
                device.switch_off(politely=False)
            case Happening.SUBMIT:
                self._submit()

    def _change_device(self) -> None:
        """The first one stays where it is, switched on, and is told that it lost the attempt."""
        self.devices.append(self._make(f"{self.device.instance}-b"))

    def _submit(self) -> None:
        try:
            self.device.act(self.device.candidate.submit)
            self.did["submit"] += 1
        except NotWritable:
            self.did["NotWritable"] += 1

    async def go_home(self, within_s: float) -> None:
        """Let what was done become durable, as far as time allows; switch everything off."""
        if self.devices and not self._gone:
            if not self.device.connection.online:
                self.device.connection.set_online(True)
            await self.device.connection.until(lambda: self.device.at_rest, within_s)
        for device in self.devices:
            device.switch_off()

    def told(self) -> Seated:
        """This candidate's part of the report."""
        seated = Seated(self.name, did=dict(self.did))
        if not self.devices:
            return seated
        session = self.device.session
        seated.attempt, seated.state = session.view.attempt, session.state
        seated.reason = session.reason
        seated.pending = session.outbox.pending()
        seated.not_durable = len(session.outbox.entries)
        seated.dials = sum(device.dials for device in self.devices)
        seated.refused = [r for device in self.devices for r in device.session.outbox.refused]
        tell(seated, [ledger for device in self.devices for ledger in device.ledgers])
        sessions = [session for device in self.devices for session in device.sessions]
        seated.resumed = max(sum(each.view.joins for each in sessions) - 1, 0)
        for each in sessions:
            for code, times in each.troubles.items():
                seated.troubles[code] = seated.troubles.get(code, 0) + times
        return seated


async def _sleep_until(at: float) -> None:
    await asyncio.sleep(max(at - asyncio.get_running_loop().time(), 0))

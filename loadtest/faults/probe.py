"""A candidate without an outbox, who sends a new answer again and again and notes each reply: how
long it took, and what it was. Nothing is repeated here, so no retry hides a slow or false ack.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from loadtest.client.ledger import AckedAnswer, Ledger
from loadtest.client.line import Line, LineLost
from loadtest.faults.house import House
from loadtest.report import Seated, tell
from protocol.from_client import NAMESPACE_EXAM, Client
from protocol.paper import Response
from protocol.problems import Code
from protocol.to_candidate import AnswerAck, StartedAck
from protocol.types import ItemKind

PERIOD_S = 0.2
ENTER_TRIES, ENTER_AGAIN_S = 20, 0.5
"""Nothing is broken yet when a probe begins; but a busy machine may let it wait."""
NO_REPLY = "no reply"
LOST = "connection lost"
REJOIN = (Code.NOT_JOINED, Code.NOT_STARTED, Code.LEASE_LOST)


class Asked(Struct, frozen=True):
    """One answer that was sent: when (the loop's time), what came, and how long it took."""

    at: float
    code: str
    """A problem's code; "" for an ack; NO_REPLY or LOST."""
    took_s: float
    retry: bool = True
    """Whether a problem says to send it again."""


class Probe:
    """One such candidate. `async with` joins and starts, and sends until it is left."""

    def __init__(self, house: House, name: str, number: int = 0) -> None:
        self.name = name
        self.asked: list[Asked] = []
        self.ledger = Ledger()
        self.attempt = ""
        self._house = house
        self._url = house.url_for(number)
        self._line: Line | None = None
        self._lease = ""
        self._start_id = secrets.token_hex(16)
        self._seq = 0
        self._items: list[str] = []
        self._running: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Probe":
        """Join and start, as often as it takes. Raises LineLost, TimeoutError."""
        for _ in range(ENTER_TRIES):
            try:
                await self._begin()
                break
            except (LineLost, TimeoutError):
                await asyncio.sleep(ENTER_AGAIN_S)
        else:
            await self._begin()
        self._running = [asyncio.create_task(self._send())]
        return self

    async def _begin(self) -> None:
        line = await self._enter()
        reply = await line.call("start", {"id": self._start_id})
        if not reply["ok"]:
            raise LineLost(reply["problem"])
        order = msgspec.convert(reply, StartedAck).order
        paper = msgspec.convert(reply, StartedAck).paper
        kinds = {item.id: item.kind for part in paper.sections for item in part.items}
        self._items = [id_ for id_ in order.items if kinds[id_] is ItemKind.NUMERICAL]

    async def __aexit__(self, *_: object) -> None:
        """Stop, when what was sent has had its time."""
        sending, *others = self._running
        sending.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.gather(sending, return_exceptions=True)
        if self._line is not None:
            self._line.close()

    def within(self, since: float, until: float) -> list[Asked]:
        """Answers sent between two times of the loop."""
        return [asked for asked in self.asked if since <= asked.at < until]

    def told(self) -> Seated:
        """This candidate's part of the report."""
        seated = Seated(self.name, attempt=self.attempt)
        tell(seated, [self.ledger])
        return seated

    async def _enter(self) -> Line:
        line = Line(self._url, NAMESPACE_EXAM, lambda name, body: None)
        await line.open(self._house.token(self.name), Client(f"probe-{self.name}", "drill", "1"))
        body: dict[str, Any] = {"id": secrets.token_hex(16), "exam": self._house.exam}
        reply = await line.call("join", body | ({"lease": self._lease} if self._lease else {}))
        if not reply["ok"]:
            raise LineLost(reply["problem"])
        self.attempt, lease = reply["attempt"], reply["lease"]
        self._seq = reply["seq"] if lease == self._lease else self._seq
        self._lease, self._line = lease, line
        return line

    async def _send(self) -> None:
        """A new answer every so often, whatever became of those before."""
        while True:
            line = self._line
            if line is None or line.lost_at_last.done():
                with contextlib.suppress(LineLost, TimeoutError):
                    line = await self._enter()
            if line is not None:
                self._seq += 1
                item = self._items[self._seq % len(self._items)]
                version = (self._lease, self._seq)
                asking = asyncio.create_task(self._ask(line, item, self._seq / 4, version))
                self._running.append(asking)
            await asyncio.sleep(PERIOD_S)

    async def _ask(
        self, line: Line, item: str, response: Response, version: tuple[str, int]
    ) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time()
        body = {"seq": version[1], "item": item, "response": response}
        retry = True
        try:
            reply = await line.call("answer", body)
            code = "" if reply["ok"] else reply["problem"]["code"]
            retry = reply["ok"] or reply["problem"]["retry"]
        except LineLost:
            code = LOST
        except TimeoutError:
            code = NO_REPLY
        self.asked.append(Asked(at, code, loop.time() - at, retry))
        if code == "":
            self._note(item, response, version, msgspec.convert(reply, AnswerAck))
        elif code in REJOIN and self._line is line:
            line.close()  # another life of the data, perhaps: enter again

    def _note(
        self, item: str, response: Response, version: tuple[str, int], ack: AnswerAck
    ) -> None:
        acked = AckedAnswer(
            item,
            *version,
            response,
            ack.rev,
            ack.receipt,
            ack.saved_at,
            ack.late,
            ack.superseded,
            ack.counted,
        )
        self.ledger.answers.append(acked)


def slow(asked: list[Asked], limit_s: Callable[[Asked], float]) -> list[str]:
    """Replies that took longer than each of them may, and those that never came."""
    return [
        f"{each.code or 'ok'} after {each.took_s:.2f} s"
        for each in asked
        if each.took_s > limit_s(each) or each.code == NO_REPLY
    ]


def codes(asked: list[Asked]) -> dict[str, int]:
    """How often each reply came; acks are "ok"."""
    found: dict[str, int] = {}
    for each in asked:
        found[each.code or "ok"] = found.get(each.code or "ok", 0) + 1
    return found

"""From the send of an event to its ack, by ticket (pure). An ack that says no is a failure.

An event is over once: acked, refused, never answered, lost with its connection, or cut by us.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from loadtest.client.actions import Send
from loadtest.client.replies import Trouble, read, read_list
from loadtest.client.sending import ACK_TIMEOUT_MS
from loadtest.swarm.rows import CALL, Measure
from protocol.from_client import NAMESPACE_MONITOR
from protocol.from_server import ACKS, Refused

NO_ACK = f"no_ack_within_{ACK_TIMEOUT_MS // 1_000}_s"
NOT_AN_ACK = "not_an_ack"
"""Neither ok nor not ok, or fields are missing: nothing a client may rely on."""
CONNECTION_LOST = "connection_lost"
LISTED = "answers"
"""The row of several answers in one event: what a client sends after it was away."""


Judge = Callable[[str, Any, int], str]
"""Of an event, its reply, and how many answers it carried as a list (0: it is no list): why the
reply is a failure - a problem's code, or NOT_AN_ACK - or "" for a proper ok."""


class _Sent(Struct, frozen=True):
    name: str
    event: str
    entries: int
    at_s: float


class Stopwatch:
    """What one client has on the wire. Times are seconds of any steady clock."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._sent: dict[int, _Sent] = {}

    def sent(self, send: Send, at_s: float, *, resumes: bool = False) -> None:
        """An event goes; `resumes`: this join is not the first."""
        entries = len(send.body) if isinstance(send.body, list) else 0
        name = LISTED if entries else send.event
        if send.event == "join" and resumes:
            name = "resume"
        self._sent[send.ticket] = _Sent(name, send.event, entries, at_s)

    def replied(self, ticket: int, reply: Any, at_s: float, size: int = 0) -> Measure | None:
        """Its reply has come; None if it was over before."""
        sent = self._sent.pop(ticket, None)
        if sent is None:
            return None
        error = self._judge(sent.event, reply, sent.entries)
        return Measure(CALL, sent.name, (at_s - sent.at_s) * 1_000, error, size)

    def overdue(self, at_s: float) -> list[Measure]:
        """Those that nobody answered in time; a later answer counts no more."""
        until_s = at_s - ACK_TIMEOUT_MS / 1_000
        return self._over([t for t, sent in self._sent.items() if sent.at_s <= until_s], NO_ACK)

    def lost(self) -> list[Measure]:
        """The connection is gone, and not by us: whatever was under way failed with it."""
        return self._over(list(self._sent), CONNECTION_LOST)

    def cut(self) -> int:
        """We have cut it: how many were under way. That is no failure of the server."""
        under_way = len(self._sent)
        self._sent.clear()
        return under_way

    def _over(self, tickets: list[int], reason: str) -> list[Measure]:
        return [Measure(CALL, self._sent.pop(ticket).name, error=reason) for ticket in tickets]


def of_exam(event: str, reply: Any, entries: int) -> str:
    """The judge of what candidates are answered."""
    if not entries:
        said = [read(event, reply)]
    else:
        listed = read_list(reply, entries)
        said = listed if isinstance(listed, list) else [listed]
    if any(each is None for each in said):
        return NOT_AN_ACK
    return next((each.code for each in said if isinstance(each, Trouble)), "")


def of_monitor(event: str, reply: Any, entries: int = 0) -> str:
    """The judge of what examiners are answered."""
    del entries  # they send no lists
    try:
        if isinstance(reply, dict) and reply.get("ok") is False:
            return str(msgspec.convert(reply, Refused).problem.code)
        msgspec.convert(reply, ACKS[NAMESPACE_MONITOR][event])
    except (KeyError, msgspec.ValidationError):
        return NOT_AN_ACK
    return "" if reply.get("ok") is True else NOT_AN_ACK

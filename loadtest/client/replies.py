"""What a reply means (pure): an ack of a known shape, a problem, or nothing one may rely on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from loadtest.client.entry import JOIN
from protocol.from_server import ACKS, AnswerAck
from protocol.problems import Code

_TYPES = ACKS["/exam"]


class Trouble(Struct, frozen=True):
    """A problem as it is read: a code this client does not know yet is no reason to fail."""

    code: str
    retry: bool
    title: str = ""
    detail: str = ""
    retry_after_ms: int | None = None
    data: dict[str, list[str]] | None = None


Reply = Struct | Trouble | None
"""The ack's Struct, or a problem, or None: not acked, whatever it was."""


def read(event: str, reply: object) -> Reply:
    """One reply to one event.

    An empty ack, `[]`, an ack without `ok` or with fields missing counts as no ack at all: some
    servers and libraries send one when a handler has failed.
    """
    if not isinstance(reply, Mapping):
        return None
    if reply.get("ok") is False:
        return _convert(reply.get("problem"), Trouble)
    return _convert(reply, _TYPES[event]) if reply.get("ok") is True else None


def read_list(reply: object, entries: int) -> list[Reply] | Trouble | None:
    """The reply to a list of answers: one reply per entry, or one problem for all, or None."""
    if not isinstance(reply, Mapping):
        return None
    if reply.get("ok") is False:
        whole = _convert(reply.get("problem"), Trouble)
        return whole if isinstance(whole, Trouble) else None
    results = reply.get("results")
    if reply.get("ok") is not True or not isinstance(results, list) or len(results) != entries:
        return None
    return [read("answer", result) for result in results]


def counts(ack: AnswerAck) -> bool:
    """Whether it is this answer that stands for its item now."""
    return ack.counted and not ack.superseded


def _convert(value: Any, type_: type) -> Reply:
    try:
        converted: Struct = msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return None
    return converted


class Verdict(StrEnum):
    """What to do about a problem."""

    RETRY = "retry"
    REJOIN = "rejoin"
    """The server does not know us, our lease or our start, perhaps because it has lost it: join
    again, then repeat. If another device has the attempt, that join will be refused."""
    RESTAMP = "restamp"
    RECONNECT = "reconnect"
    FINAL = "final"


def verdict(trouble: Trouble, event: str, *, replay: bool, started: bool) -> Verdict:
    """What to do about this problem with this event.

    `replay`: it was sent with its receipt. `started`: this client has seen the attempt started.
    For all codes but six the flag that came with the problem decides.
    """
    match trouble.code:
        case Code.NOT_JOINED | Code.LEASE_LOST if event != JOIN:
            return Verdict.REJOIN
        case Code.NOT_STARTED if started:
            return Verdict.REJOIN
        case Code.SEQ_REUSED:
            return Verdict.RESTAMP
        case Code.BAD_RECEIPT if replay:
            return Verdict.RESTAMP
        case Code.TOKEN_EXPIRED:
            return Verdict.RECONNECT
    return Verdict.RETRY if trouble.retry else Verdict.FINAL

"""Everything the server sends, by channel and event: acks, and events to whom they are for.

Every ack is `{"ok": true, ...}` or `{"ok": false, "problem": {...}}`. The Structs are in
`to_candidate` and `to_examiner`; both can be had from here.
"""

from msgspec import Struct

from protocol.problems import Problem
from protocol.to_candidate import (
    EVENTS_TO_CANDIDATE,
    AnswerAck,
    AnswerResult,
    AnswersAck,
    Closed,
    CommandAck,
    Draining,
    HandEvent,
    HeartbeatAck,
    HeldResponse,
    Joined,
    LeaseLost,
    Notice,
    PausedEvent,
    ReauthAck,
    ReopenedEvent,
    Replay,
    ResultsReleased,
    ResumedEvent,
    StartedAck,
    TimeChanged,
    Times,
)
from protocol.to_examiner import (
    EVENTS_TO_EXAMINER,
    ActAck,
    Connection,
    Hand,
    Hands,
    NotDone,
    NoticeReceipt,
    Progress,
    Receipts,
    Roster,
    Row,
    Signal,
    Stats,
    TimelineAck,
    UnwatchedAck,
    Violations,
    Watched,
)

__all__ = [
    "ACKS",
    "EVENTS_FROM_SERVER",
    "EVENTS_TO_CANDIDATE",
    "EVENTS_TO_EXAMINER",
    "ActAck",
    "AnswerAck",
    "AnswerResult",
    "AnswersAck",
    "Closed",
    "CommandAck",
    "Connection",
    "Draining",
    "Hand",
    "HandEvent",
    "Hands",
    "HeartbeatAck",
    "HeldResponse",
    "Joined",
    "LeaseLost",
    "NotDone",
    "Notice",
    "NoticeReceipt",
    "PausedEvent",
    "Progress",
    "ReauthAck",
    "Receipts",
    "Refused",
    "ReopenedEvent",
    "Replay",
    "ResultsReleased",
    "ResumedEvent",
    "Roster",
    "Row",
    "Signal",
    "StartedAck",
    "Stats",
    "TimeChanged",
    "TimelineAck",
    "Times",
    "UnwatchedAck",
    "Violations",
    "Watched",
]


class Refused(Struct, frozen=True):
    """The ack of anything that was not done."""

    problem: Problem
    ok: bool = False


EVENTS_FROM_SERVER: dict[str, dict[str, type]] = {
    "/exam": EVENTS_TO_CANDIDATE,
    "/monitor": EVENTS_TO_EXAMINER,
}

ACKS: dict[str, dict[str, type]] = {
    "/exam": {
        "join": Joined,
        "start": StartedAck,
        "answer": AnswerAck,
        "heartbeat": HeartbeatAck,
        "violation": CommandAck,
        "submit": CommandAck,
        "raise_hand": CommandAck,
        "acknowledge": CommandAck,
        "reauth": ReauthAck,
    },
    "/monitor": {
        "watch": Watched,
        "unwatch": UnwatchedAck,
        **dict.fromkeys(
            [
                "extend",
                "pause",
                "resume",
                "terminate",
                "submit_for",
                "reopen",
                "approve_takeover",
                "announce",
                "message",
                "resolve",
            ],
            ActAck,
        ),
        "timeline": TimelineAck,
        "reauth": ReauthAck,
    },
}

"""Examples of the channel /exam: what Asha's browser sends, hears back, and is told."""

from typing import Any

from protocol import from_client as c
from protocol import from_server as s
from protocol.examples.scene import (
    ATTEMPT,
    DEADLINE,
    DURABLE,
    EXAM,
    INSTANCE,
    KEY_1,
    KEY_2,
    KEY_3,
    LEASE,
    LEASE_BEFORE,
    NOW,
    OPENS,
    ORDER,
    PAPER,
    REV,
    REV_LATER,
    STARTED,
    TITLE,
    receipt,
)
from protocol.problems import Code, problem
from protocol.types import AttemptState

ESSAY = "पौधे सूर्य के प्रकाश से जल और CO₂ को ग्लूकोज़ में बदलते हैं; ऑक्सीजन निकलती है।"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhc2hhIn0.c2lnbmF0dXJl"

ANSWERS = [
    c.Answer(14, "p1", "b", flag=True, spent_ms=41_200),
    c.Answer(15, "p2", 0.75, spent_ms=63_050),
    c.Answer(16, "b1", ["a", "b"]),
    c.Answer(12, "b2", ESSAY, receipt=receipt("a12")),
]

NOTICE = s.Notice(KEY_3, "प्रश्न b1 में चित्र बदल दिया गया है।", NOW - 30_000)

CONNECT: dict[str, Any] = {
    "connect/client/auth": c.Auth(
        TOKEN, c.Client(INSTANCE, name="examsync-web", version="0.1.0", level=1)
    ),
    "connect/server/problem": problem(Code.TOKEN_EXPIRED, "it expired 12 minutes ago"),
}

CLIENT: dict[str, Any] = {
    "join": c.Join(KEY_1, EXAM, lease=LEASE, rev=REV),
    "start": c.Start(KEY_2),
    "answer": ANSWERS[0],
    "answer.list": ANSWERS,
    "heartbeat": c.Heartbeat(pending=2, rtt_ms=38, visible=True),
    "violation": c.Violation(KEY_2, "tab_hidden", NOW + 1_480, "12 s"),
    "submit": c.Submit(
        KEY_3,
        {"p1": (LEASE, 14), "p2": (LEASE, 15), "b1": (LEASE, 16), "b2": (LEASE_BEFORE, 12)},
    ),
    "raise_hand": c.RaiseHand(KEY_1, text="मेरी स्क्रीन पर चित्र नहीं दिख रहा"),
    "acknowledge": c.Acknowledge(KEY_2, KEY_3),
    "reauth": c.Reauth(TOKEN),
}

JOINED = s.Joined(
    attempt=ATTEMPT,
    exam=EXAM,
    title=TITLE,
    state=AttemptState.IN_PROGRESS,
    rev=REV,
    durable=DURABLE,
    lease=LEASE,
    seq=16,
    times=s.Times(NOW, OPENS, STARTED, DEADLINE),
    heartbeat_period_s=10.0,
    responses={
        "p1": s.HeldResponse("b", LEASE, 14, receipt("a14"), flag=True),
        "b2": s.HeldResponse(ESSAY, LEASE_BEFORE, 12, receipt("a12")),
    },
    notices=[NOTICE],
    paper=PAPER,
    order=ORDER,
    receipt=receipt("lease"),
)

ACK: dict[str, Any] = {
    "join": JOINED,
    "start": s.StartedAck(REV, receipt("start"), STARTED, DEADLINE, PAPER, ORDER),
    "answer": s.AnswerAck(14, REV_LATER, NOW, receipt("a14")),
    "answer.list": s.AnswersAck(
        [
            s.AnswerResult(True, 14, REV_LATER, NOW, receipt("a14")),
            s.AnswerResult(True, 15, (3, 29), NOW, receipt("a15"), late=True, counted=False),
            s.AnswerResult(False, 16, problem=problem(Code.BAD_RESPONSE, "b1 has no option e")),
            s.AnswerResult(True, 12, (3, 29), NOW, receipt("a12"), superseded=True),
        ]
    ),
    "heartbeat": s.HeartbeatAck(NOW, REV, DURABLE, DEADLINE),
    "violation": s.CommandAck(REV_LATER, receipt("v1")),
    "submit": s.CommandAck(REV_LATER, receipt("submit")),
    "raise_hand": s.CommandAck(REV_LATER, receipt("hand")),
    "acknowledge": s.CommandAck(REV_LATER, receipt("notice")),
    "reauth": s.ReauthAck(NOW + 3_600_000),
    "refused": s.Refused(
        problem(
            Code.ANSWERS_MISSING,
            "send these again, then submit",
            retry_after_ms=500,
            data={"items": ["p2", "b1"]},
        )
    ),
}

SERVER: dict[str, Any] = {
    "time_changed": s.TimeChanged(
        ATTEMPT,
        REV_LATER,
        DEADLINE + 300_000,
        "बिजली चली गई थी",
        DEADLINE + 300_000 - STARTED,
        DEADLINE + 300_000,
    ),
    "paused": s.PausedEvent(ATTEMPT, REV_LATER, NOW, "fire drill"),
    "resumed": s.ResumedEvent(ATTEMPT, REV_LATER, DEADLINE + 412_000),
    "notice": NOTICE,
    "lease_lost": s.LeaseLost(ATTEMPT, LEASE),
    "closed": s.Closed(ATTEMPT, REV_LATER, AttemptState.TERMINATED, NOW, "left the hall"),
    "reopened": s.ReopenedEvent(ATTEMPT, REV_LATER, DEADLINE, "submitted by mistake"),
    "hand": s.HandEvent(ATTEMPT, REV_LATER, raised=False),
    "results": s.ResultsReleased(ATTEMPT),
    "draining": s.Draining(7_350),
    "replay": s.Replay(ATTEMPT, 4, 1_920),
}

"""Examples of the channel /monitor: what Ravi does, hears back, and sees."""

from typing import Any

from protocol import from_client as c
from protocol import from_server as s
from protocol.examples.candidate import TOKEN
from protocol.examples.log import FACT, LEASE_FACT
from protocol.examples.scene import (
    ATTEMPT,
    CANDIDATE,
    DEADLINE,
    DURABLE,
    EXAM,
    KEY_1,
    KEY_2,
    KEY_3,
    NOW,
    OTHER,
    REV,
    STARTED,
    THIRD,
    TITLE,
    receipt,
)
from protocol.problems import Code, problem
from protocol.types import AttemptState, Grading, Presence

VERSION = "3-1795248702114-0"
PRIOR = "3-1795248701862-0"

CLIENT: dict[str, Any] = {
    "watch": c.Watch(EXAM, PRIOR),
    "unwatch": c.Unwatch(EXAM),
    "extend": c.Extend(
        KEY_1, EXAM, [ATTEMPT, OTHER], 300_000, "बिजली चली गई थी, हॉल B", {ATTEMPT: receipt("x1")}
    ),
    "pause": c.Pause(KEY_1, EXAM, "all", "fire drill"),
    "resume": c.Resume(KEY_2, EXAM, "all", "drill is over"),
    "terminate": c.Terminate(KEY_1, EXAM, [OTHER], "left the hall, see report 14"),
    "submit_for": c.SubmitFor(KEY_1, EXAM, [THIRD], "taken ill; asked us to hand in"),
    "reopen": c.Reopen(KEY_1, EXAM, [ATTEMPT], "submitted by mistake", extra_ms=60_000),
    "approve_takeover": c.ApproveTakeover(KEY_1, EXAM, [ATTEMPT], "battery empty, tablet 4"),
    "announce": c.Announce(KEY_3, EXAM, "प्रश्न b1 में चित्र बदल दिया गया है।"),
    "message": c.Message(KEY_2, EXAM, [ATTEMPT], "Please turn your camera on."),
    "resolve": c.Resolve(KEY_2, EXAM, [ATTEMPT], "image reloaded"),
    "timeline": c.Timeline(ATTEMPT, since=1, limit=200),
    "reauth": c.Reauth(TOKEN),
}

ACTED = s.ActAck(
    KEY_1,
    [ATTEMPT],
    [s.NotDone(OTHER, problem(Code.ATTEMPT_CLOSED, "it was submitted at 14:02:10"))],
    receipts={ATTEMPT: receipt("x1")},
)
EXAM_WIDE = s.ActAck(KEY_1, [], [], durable=True, exam_rev=4, covers=1_182)

ACK: dict[str, Any] = {
    "watch": s.Watched(EXAM, TITLE, VERSION, snapshot=True, server_time=NOW),
    "unwatch": s.UnwatchedAck(EXAM),
    "extend": ACTED,
    "pause": EXAM_WIDE,
    "resume": EXAM_WIDE,
    "terminate": ACTED,
    "submit_for": ACTED,
    "reopen": ACTED,
    "approve_takeover": ACTED,
    "announce": EXAM_WIDE,
    "message": ACTED,
    "resolve": ACTED,
    "timeline": s.TimelineAck(ATTEMPT, [LEASE_FACT, FACT], more=True),
    "reauth": s.ReauthAck(NOW + 3_600_000),
    "refused": s.Refused(problem(Code.FORBIDDEN, "you supervise hall B only")),
}

ROW = s.Row(
    attempt=ATTEMPT,
    candidate=CANDIDATE,
    name="आशा वर्मा",
    rev=REV,
    state=AttemptState.IN_PROGRESS,
    answered=3,
    total=4,
    hall="B",
    group="12-विज्ञान",
    started_at=STARTED,
    deadline=DEADLINE,
    saved_at=NOW - 4_020,
    durable=DURABLE,
    violations=1,
    flagged=1,
    hand=True,
    can={"extend": "", "reopen": "The attempt is still open.", "approve_takeover": ""},
)
CLOSED_ROW = s.Row(
    attempt=OTHER,
    candidate="farhan",
    name="Farhan Qureshi",
    rev=(3, 61),
    state=AttemptState.SUBMITTED,
    answered=4,
    total=4,
    hall="B",
    closed_at=NOW - 90_000,
    durable=(3, 61),
    grading=Grading.PENDING,
    can={"extend": "The attempt is closed.", "reopen": ""},
)

SERVER: dict[str, Any] = {
    "roster": s.Roster(
        EXAM,
        VERSION,
        PRIOR,
        rows=[ROW, CLOSED_ROW],
        connections=[
            s.Connection(
                ATTEMPT,
                (NOW - 600_000, 7),
                Presence.LATE,
                NOW - 17_300,
                pending=2,
                rtt_ms=212,
                visible=False,
                process="web-1",
            )
        ],
        gone=[THIRD],
    ),
    "progress": s.Progress(EXAM, VERSION, PRIOR, [ROW]),
    "violation": s.Violations(
        EXAM, VERSION, PRIOR, [s.Signal(ATTEMPT, KEY_2, "tab_hidden", NOW, NOW + 1_480, "12 s")]
    ),
    "hand": s.Hands(
        EXAM, VERSION, PRIOR, [s.Hand(ATTEMPT, True, NOW, "मेरी स्क्रीन पर चित्र नहीं दिख रहा")]
    ),
    "receipts": s.Receipts(EXAM, VERSION, PRIOR, [s.NoticeReceipt(ATTEMPT, KEY_3, NOW)]),
    "stats": s.Stats(
        EXAM,
        NOW,
        states={"not_started": 18, "in_progress": 1_121, "submitted": 43},
        presence={"live": 1_104, "late": 9, "silent": 3, "away": 5, "never": 61},
        backlog=211,
        durable_lag_ms=840,
    ),
    "draining": s.Draining(2_100),
}

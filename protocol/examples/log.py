"""Examples of facts: what the log of Asha's attempt, and of the exam, may say."""

from typing import Any

from protocol import facts as f
from protocol.erasure import Blanked, Erased
from protocol.examples.scene import (
    ATTEMPT,
    CANDIDATE,
    DEADLINE,
    EXAM,
    EXAMINER,
    INSTANCE,
    KEY_1,
    KEY_2,
    KEY_3,
    LEASE,
    LEASE_BEFORE,
    NOW,
    REV,
    STARTED,
    TABLET,
    chain,
)

_SAVED = f.AnswerSaved("p1", LEASE, 14, chain("d1"), "b", NOW, flag=True, spent_ms=41_200)

FACT = f.Fact(
    attempt=ATTEMPT,
    epoch=REV[0],
    n=REV[1],
    prev=chain("9c"),
    at=NOW + 1,
    by=CANDIDATE,
    body=_SAVED,
    hash=chain("e7"),
)

BODIES: list[f.Body] = [
    f.LeaseGranted(KEY_1, LEASE, INSTANCE),
    f.TakeoverRequested(KEY_1, TABLET),
    f.TakeoverApproved(KEY_2, TABLET, "battery empty, tablet 4"),
    f.Started(KEY_2, STARTED),
    _SAVED,
    f.AnswerKept("b1", LEASE_BEFORE, 9, chain("d2"), ["a", "c"], NOW, "lease_lost"),
    f.ViolationReported(KEY_2, "tab_hidden", NOW + 1_480, "12 s"),
    f.HandRaised(KEY_1, True, "मेरी स्क्रीन पर चित्र नहीं दिख रहा"),
    f.NoticeSent(KEY_2, "Please turn your camera on."),
    f.NoticeAcknowledged(KEY_2, KEY_3),
    f.Submitted(KEY_3, NOW, "taken ill; asked us to hand in", order=2),
    f.Expired(DEADLINE + 5_000, DEADLINE),
    f.Absent(DEADLINE + 5_000),
    f.Terminated(KEY_1, NOW, "left the hall, see report 14", order=3),
    f.Paused(KEY_1, NOW, "fire drill"),
    f.Resumed(KEY_2, NOW + 412_000, "drill is over"),
    f.Extended(KEY_1, 300_000, "बिजली चली गई थी, हॉल B"),
    f.Reopened(KEY_1, NOW + 90_000, 60_000, "submitted by mistake"),
    f.CommandRecorded(KEY_3, "submit"),
    Erased(
        KEY_1, "answers", "two years after release", "submitted", NOW, 1, STARTED, mark="1.2=41.5"
    ),
    Blanked("answer_saved", chain("d3")),
]

EXAM_BODIES: list[f.ExamBody] = [
    f.ExamExtended(KEY_1, 300_000, "बिजली चली गई थी"),
    f.ExamPaused(KEY_1, "fire drill"),
    f.ExamResumed(KEY_2, "drill is over"),
    f.ExamOrdered(KEY_1, "submit_for", "the hall has to be cleared"),
    f.ExamAnnounced(KEY_3, "प्रश्न b1 में चित्र बदल दिया गया है।"),
]

LEASE_FACT = f.Fact(
    attempt=ATTEMPT,
    epoch=REV[0],
    n=1,
    prev="",
    at=STARTED - 20_000,
    by=CANDIDATE,
    body=BODIES[0],
    command="join",
    effect=f'{{"instance":"{INSTANCE}","lease":"{LEASE}"}}',
    hash=chain("9c"),
)

EXAM_FACT = f.ExamFact(EXAM, 4, NOW, EXAMINER, EXAM_BODIES[0], chain("4e"), chain("51"))

LOG: dict[str, Any] = {
    "attempt": LEASE_FACT,
    "exam": EXAM_FACT,
    **{str(body.__struct_config__.tag): body for body in (*BODIES, *EXAM_BODIES)},
}

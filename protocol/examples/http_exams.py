"""Examples of bodies of `/admin/exams`, the roll and `/my/exams`."""

from typing import Any

from protocol import http_exams as h
from protocol.examples.scene import ATTEMPT, CANDIDATE, EXAM, STARTED
from protocol.types import AttemptState, LatePolicy, TakeoverPolicy

OPENS_AT = STARTED - 300_000
SEATED = h.CandidateRow(
    CANDIDATE,
    "आशा वर्मा",
    "B",
    "12-विज्ञान",
    1_250,
    600_000,
    ATTEMPT,
    AttemptState.IN_PROGRESS,
)
SUMMARY = h.ExamSummary(
    EXAM,
    "Physics, class 12",
    "published",
    EXAM,
    OPENS_AT,
    STARTED + 1_800_000,
    STARTED + 43_200_000,
    5_400_000,
    41,
    {"in_progress": 40, "not_started": 1},
)

REQUESTS: dict[str, Any] = {
    "change_exam": h.ChangeExam(
        "Physics, class 12, second sitting",
        EXAM,
        OPENS_AT,
        STARTED + 1_800_000,
        STARTED + 43_200_000,
        5_400_000,
        10_000,
        LatePolicy.DISCARD,
        TakeoverPolicy.ON_APPROVAL,
        5.0,
    ),
    "copy_exam": h.CopyExam(f"{EXAM}-rehearsal", "Rehearsal", OPENS_AT - 86_400_000, True),
    "change_candidate": h.ChangeCandidate("आशा वर्मा", "A", "12-विज्ञान", 1_250, 600_000),
}

RESPONSES: dict[str, Any] = {
    "exams_page": h.ExamsPage([SUMMARY], "WyIt", 7),
    "exam_view": h.ExamView(
        **{name: getattr(SUMMARY, name) for name in SUMMARY.__struct_fields__},
        grace_ms=5_000,
        late_policy=LatePolicy.KEEP_MARKED,
        takeover=TakeoverPolicy.AT_ONCE,
        heartbeat_period_s=10.0,
        created_by="admin:root",
        created_at=OPENS_AT - 864_000_000,
        frozen=["paper", "opens_at", "window_end", "closes_at", "duration_ms"],
        halls=["A", "B"],
        groups=["12-विज्ञान"],
        granted_ms=600_000,
        paused_since=STARTED + 600_000,
        ended_at=STARTED + 900_000,
    ),
    "candidates_page": h.CandidatesPage([SEATED], "WyJuYW1lIl0", 41),
    "candidate_row": SEATED,
    "roster_report": h.RosterReport(
        rows=42,
        new=40,
        changed=1,
        unchanged=0,
        errors=[h.RosterProblem(7, "factor", "number_wrong", "factor 'x' is no number")],
        warnings=[h.RosterProblem(9, "hall", "hall_lonely", "the hall 'b' has one candidate")],
        omitted=0,
        committed=False,
    ),
    "my_exams": h.MyExams(
        [
            h.MyExam(
                EXAM,
                "Physics, class 12",
                "published",
                OPENS_AT,
                STARTED + 1_800_000,
                STARTED + 43_200_000,
                5_400_000,
                ATTEMPT,
                AttemptState.IN_PROGRESS,
                False,
                "Asha Rao",
                "Answer all. A wrong answer costs a mark.",
            )
        ]
    ),
}

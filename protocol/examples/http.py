"""Examples of HTTP bodies."""

from typing import Any

from protocol import http as h
from protocol.examples import (
    access,
    http_bank,
    http_events,
    http_exams,
    http_papers,
    http_results,
    http_sync,
)
from protocol.examples.candidate import ESSAY
from protocol.examples.scene import (
    ATTEMPT,
    CANDIDATE,
    EXAM,
    KEY_2,
    LEASE,
    LEASE_BEFORE,
    NOW,
    STARTED,
)
from protocol.types import AttemptState, Grading, LatePolicy, TakeoverPolicy

REQUESTS: dict[str, Any] = {
    **access.REQUESTS,
    **http_sync.REQUESTS,
    **http_exams.REQUESTS,
    **http_results.REQUESTS,
    **http_events.REQUESTS,
    **http_papers.REQUESTS,
    "create_exam": h.CreateExam(
        EXAM,
        "Physics, class 12",
        EXAM,
        opens_at=STARTED - 300_000,
        window_end=STARTED + 1_800_000,
        closes_at=STARTED + 43_200_000,
        duration_ms=5_400_000,
        grace_ms=10_000,
        late_policy=LatePolicy.DISCARD,
        takeover=TakeoverPolicy.ON_APPROVAL,
        heartbeat_period_s=5.0,
    ),
    "register_candidates": h.RegisterCandidates(
        [
            h.NewCandidate(CANDIDATE, "आशा वर्मा", "B", "12-विज्ञान", 1_250, 600_000),
            h.NewCandidate("c-0002"),
        ]
    ),
}

RESPONSES: dict[str, Any] = {
    **access.RESPONSES,
    **http_sync.RESPONSES,
    **http_exams.RESPONSES,
    **http_results.RESPONSES,
    **http_events.RESPONSES,
    **http_bank.RESPONSES,
    **http_papers.RESPONSES,
    "registered": h.Registered({CANDIDATE: ATTEMPT}),
    "results_shown": h.ResultsShown([ATTEMPT], ungraded=1, regrade_proposed=0),
    "exported_attempt": h.ExportedAttempt(
        attempt=ATTEMPT,
        exam=EXAM,
        candidate=CANDIDATE,
        state=AttemptState.SUBMITTED,
        rev=(3, 30),
        responses={
            "p1": h.ExportedResponse("b", LEASE, 14, STARTED + 90_000, flag=True),
            "p2": h.ExportedResponse(0.75, LEASE, 15, STARTED + 160_000),
            "b2": h.ExportedResponse(ESSAY, LEASE_BEFORE, 12, STARTED + 80_000),
        },
        name="आशा वर्मा",
        hall="B",
        group="12-विज्ञान",
        started_at=STARTED,
        closed_at=NOW + 60_000,
        close="submitted",
        grading=Grading.GRADED,
        marks="8",
        kept=[h.ExportedKept("b1", ["a", "c"], LEASE_BEFORE, 9, NOW, "lease_lost")],
        violations=[KEY_2],
    ),
}

"""Examples of HTTP bodies."""

from typing import Any

from protocol import http as h
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
from protocol.types import AttemptState, Grading

REQUESTS: dict[str, Any] = {}

RESPONSES: dict[str, Any] = {
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

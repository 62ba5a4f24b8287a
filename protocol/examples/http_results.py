"""Examples of bodies about results."""

from typing import Any

from protocol import http_marking as m
from protocol import http_results as h
from protocol.examples.candidate import ESSAY
from protocol.examples.scene import ATTEMPT, CANDIDATE, NOW, OTHER, STARTED
from protocol.types import AttemptState, Grading, ItemKind

CLOSED = NOW + 60_000
LATER = CLOSED + 86_400_000
WHOLE = h.PartMarks("11/3", "12", {"correct": 1, "incorrect": 1, "manual": 1})
PHYSICS = h.PartMarks("11/3", "8", {"correct": 1, "incorrect": 1})
ITEMS = [
    h.ItemMark("p1", h.Outcome.CORRECT, "4", "4"),
    h.ItemMark("p2", h.Outcome.INCORRECT, "-1/3", "4"),
    h.ItemMark("b2", h.Outcome.MANUAL, "0", "4"),
]
FINGERPRINT = "8f2a6c0d91b45e3370fe11aa52c9d846"
REVISION = h.ResultRevision(
    ATTEMPT,
    1,
    1,
    WHOLE,
    {"physics": PHYSICS},
    ITEMS,
    CLOSED + 1_400,
    "machine",
    waiting=["b2"],
)
MARKED = h.ResultRevision(
    ATTEMPT,
    1,
    2,
    h.PartMarks("20/3", "12", {"correct": 1, "incorrect": 1, "partial": 1}),
    {"physics": PHYSICS},
    [*ITEMS[:2], h.ItemMark("b2", h.Outcome.PARTIAL, "3", "4", by_hand=True)],
    LATER,
    "examiner:ravi",
    reason="b2 marked by hand",
    released_at=LATER + 60_000,
    released_by="admin:root",
    reveal=h.Reveal.OUTCOMES,
)

REQUESTS: dict[str, Any] = {
    "release_results": h.ReleaseResults(h.Reveal.TOTAL, [ATTEMPT], "पहला परिणाम"),
    "withdraw_results": h.WithdrawResults([ATTEMPT], "The key of p2 was wrong."),
    "give_marks": m.GiveMarks(ATTEMPT, "b2", "3", "अच्छा, पर अधूरा", FINGERPRINT),
    "revert_result": h.RevertResult(1, "The ruling was taken back."),
    "decide": m.Decide("p2", h.Rule.FULL_TO_ATTEMPTED, "Two options are right."),
    "regrade": m.Regrade("The key of p2 was corrected.", [ATTEMPT]),
}

RESPONSES: dict[str, Any] = {
    "result_row": h.ResultRow(
        ATTEMPT,
        CANDIDATE,
        AttemptState.SUBMITTED,
        Grading.PENDING,
        "आशा वर्मा",
        "B",
        "12-विज्ञान",
        STARTED,
        CLOSED,
        1,
        1,
        WHOLE,
        {"physics": PHYSICS},
        ["b2"],
    ),
    "results_hidden": h.ResultsHidden([ATTEMPT]),
    "release_notes": h.ReleaseNotes(
        [
            h.ReleaseNote("withdrawn", None, 1, "The key of p2 was wrong.", LATER, "admin:root"),
            h.ReleaseNote("released", h.Reveal.TOTAL, 120, "", CLOSED, "admin:root"),
        ],
        2,
    ),
    "marking_queue": m.MarkingQueue(
        [
            m.ToMark(
                attempt=ATTEMPT,
                item="b2",
                kind=ItemKind.LONG_TEXT,
                stem="प्रकाश संश्लेषण समझाइए।",
                response=ESSAY,
                maximum="4",
                fingerprint=FINGERPRINT,
                waiting_since=CLOSED,
                negative_marks="1",
                guidance="Light, water, carbon dioxide; sugar and oxygen.",
                image="images/leaf.png",
                candidate=CANDIDATE,
                name="आशा वर्मा",
            )
        ],
        total=37,
        next="WyJjbG9zZWRfYXQiLCIxNzk1MjQ4NzY3NDMwIiwibmVldC1tb2NrLTcuYXNoYSBiMiJd",
    ),
    "result_revision": MARKED,
    "result_history": h.ResultHistory([REVISION, MARKED], 2),
    "decided": m.Decided(118),
    "decisions": m.Decisions(
        [m.Decision(7, "p2", h.Rule.KEY, "The key was wrong.", LATER, "admin:root")], 1
    ),
    "regrade_preview": m.RegradePreview(
        [m.RegradeChange(ATTEMPT, "11/3", "8", ["p2"]), m.RegradeChange(OTHER, "12", "12", [])], 2
    ),
    "regraded": m.Regraded(118),
}

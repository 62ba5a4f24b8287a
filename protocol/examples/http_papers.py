"""Examples of bodies of papers."""

from typing import Any

from protocol import http_papers as h
from protocol.examples.http_bank import GRAVITY, RISE
from protocol.examples.scene import EXAM, NOW
from protocol.types import ItemKind

REQUESTS: dict[str, Any] = {
    "create_paper": h.CreatePaper(
        "Physics, class 12",
        "physics-12",
        EXAM,
        limit=500,
        instructions="Answer all.",
        marks="4",
        negative_marks="1",
        scheme=h.Scheme.JEE_ADVANCED,
        shuffle=False,
        sections=[
            h.PaperSection(
                "Part I",
                section="Mechanics",
                kind=ItemKind.SINGLE_CHOICE,
                topic="kinematics",
                difficulty="easy",
                tag="2023",
                count=20,
                random=True,
                scheme=h.Scheme.PROPORTIONAL,
            ),
            h.PaperSection(
                "Part II",
                questions=["phy-018", "phy-031"],
                marks="2/3",
                negative_marks="0",
                shuffle=True,
            ),
        ],
    ),
}

RESPONSES: dict[str, Any] = {
    "paper_created": h.PaperCreated(EXAM),
    "papers": h.PapersPage(
        [h.PaperSummary(EXAM, "Physics, class 12", "physics-12", 22, "244/3", NOW)],
        next="WyItY3JlYXRlZF9hdCIsIjAwMDAxNzk1MjQ4MDAwNDEyMDAwIiwibmVldC1tb2NrLTciXQ",
        total=2,
    ),
    "paper": h.PaperView(
        paper=EXAM,
        title="Physics, class 12",
        bank="physics-12",
        instructions="Answer all.",
        questions=2,
        maximum="14/3",
        created_at=NOW,
        created_by="admin:root",
        sections=[
            h.KeyedSection(
                "s1",
                "Part I",
                shuffle=False,
                maximum="4",
                items=[h.KeyedItem("q1", "4", "1", h.Scheme.JEE_ADVANCED, RISE)],
            ),
            h.KeyedSection(
                "s2",
                "Part II",
                shuffle=True,
                maximum="2/3",
                items=[h.KeyedItem("q2", "2/3", "0", h.Scheme.JEE_ADVANCED, GRAVITY)],
            ),
        ],
    ),
}

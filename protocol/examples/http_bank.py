"""Examples of bodies of question banks."""

from typing import Any

from protocol import http_bank as h
from protocol.examples.scene import STARTED
from protocol.types import ItemKind

DAY_MS = 86_400_000
KINDS = {"single_choice": 120, "multiple_choice": 30, "numerical": 30}

RISE = h.KeyedQuestion(
    external_id="phy-017",
    kind=ItemKind.SINGLE_CHOICE,
    stem="A stone is thrown upwards at 20 m/s. How high does it rise? (g = 10 m/s²)",
    options=[
        h.KeyedOption("5d41402abc", "10 m", right=False),
        h.KeyedOption("7d793037a0", "20 m", right=True),
        h.KeyedOption("9a0364b9e9", "40 m", right=False),
    ],
    answers=[],
    guidance="",
    case_sensitive=False,
    shuffle=True,
    topic="kinematics",
    difficulty="easy",
    explanation="v²/2g is 20 m.",
    language="en",
    image=None,
    tags=["2023", "projectiles"],
)
GRAVITY = h.KeyedQuestion(
    external_id="phy-018",
    kind=ItemKind.NUMERICAL,
    stem="g at the surface of the earth, in m/s²?",
    options=[],
    answers=["9.8±0.02", "10"],
    guidance="",
    case_sensitive=False,
    shuffle=False,
    topic="gravitation",
    difficulty="",
    explanation="",
    language="",
    image="img/g.png",
    tags=[],
)
HEAT = h.KeyedQuestion(
    external_id="phy-019",
    kind=ItemKind.LONG_TEXT,
    stem="Why does a metal rail feel colder than the wood beside it?",
    options=[],
    answers=[],
    guidance="Both have one temperature; metal conducts heat away from the hand faster.",
    case_sensitive=False,
    shuffle=False,
    topic="heat",
    difficulty="hard",
    explanation="",
    language="en",
    image=None,
    tags=[],
)

RESPONSES: dict[str, Any] = {
    "banks": h.BanksPage(
        [h.BankSummary("physics-12", 180, KINDS, {"Part I": 120, "": 60}, STARTED - DAY_MS)],
        next="WyJiYW5rIiwicGh5c2ljcy0xMiIsInBoeXNpY3MtMTIiXQ",
        total=3,
    ),
    "bank_questions": h.QuestionsPage(
        [
            h.BankQuestion(2, "Part I", "4", "1", STARTED - DAY_MS, "admin:root", RISE),
            h.BankQuestion(1, "", None, None, STARTED - 9 * DAY_MS, "cli", GRAVITY),
            h.BankQuestion(1, "", None, None, STARTED - 9 * DAY_MS, "cli", HEAT),
        ],
        next="WyJwbGFjZSIsIjAwMDAwMDAwMDAwMDAwMDAwMDE4IiwicGh5LTAxOCJd",
        total=180,
    ),
    "import_report": h.ImportReport(
        committed=False,
        takes="skip_bad",
        rows=181,
        accepted=178,
        updated=1,
        unchanged=1,
        skipped=1,
        errors_found=1,
        warnings_found=1,
        problems=[
            h.ImportProblem(
                12,
                "Answer",
                "error",
                "answer_unknown",
                "'E' is none of the options; write one of A, B, C, D, or its text",
            ),
            h.ImportProblem(
                1,
                "Dificulty",
                "warning",
                "column_unknown",
                "no column of ours is called 'Dificulty'; it is left out; did you mean difficulty?",
            ),
        ],
        problems_omitted=0,
    ),
}

"""Files of other people, where somebody has them: not ours to pass on, but ours to read.

EXAMSYNC_REAL_QUESTIONS names a folder with `opentriviaqa/` (uberspot/OpenTriviaQA) and `gift/`
(the questions of fuhrmanator/GIFT-grammar-PEG.js, each with its expected parse as JSON).
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from examsync.bank.formats import gift, opentrivia
from examsync.bank.report import Severity

FOLDER = Path(os.environ["EXAMSYNC_REAL_QUESTIONS"])
LEFT_OUT = ("description_skipped", "row_repeated")


@pytest.mark.parametrize(
    ("name", "accepted", "read", "told"),
    [
        ("brain-teasers", 198, 207, {"row_repeated": 9}),
        ("for-kids", 751, 759, {"row_repeated": 8}),
        ("science-technology", 2486, 2486, {"option_duplicate": 2, "encoding_guessed": 1}),
    ],
)
def test_trivia_is_taken_or_told(name: str, accepted: int, read: int, told: dict[str, int]) -> None:
    parsed = opentrivia.parse((FOLDER / "opentriviaqa" / name).read_bytes())
    assert (len(parsed.rows), parsed.rows_read) == (accepted, read)
    found = Counter(p.code for p in parsed.problems if p.severity is not Severity.INFO)
    assert found == told


def test_every_gift_question_of_a_kind_that_we_have_is_taken_or_a_repeat() -> None:
    accepted, told = 0, Counter[str]()
    for file in sorted((FOLDER / "gift").glob("*.gift")):
        expected = Counter(
            each["type"] for each in json.loads(file.with_suffix(".json").read_text())
        )
        del expected["Category"]
        parsed = gift.parse(file.read_bytes())
        assert parsed.rows_read == expected.total(), file.name
        kept_out = [p for p in parsed.problems if p.severity is Severity.ERROR and p.line]
        told.update(p.code for p in kept_out)
        told.update(p.code for p in parsed.problems if p.code in LEFT_OUT)
        accepted += len(parsed.rows)
    assert accepted == 38
    assert told == {
        "description_skipped": 6,
        "kind_unsupported": 2,
        "question_repeated": 4,
        "row_repeated": 2,
    }

"""What the generator and the peers are told of an exam, and the ledger against what is stored."""

from pathlib import Path
from typing import Any

import pytest

from loadtest.bench.sitting import Ledger, answers, reconcile, shown_to_candidates
from protocol.http import ExportedResponse

KEYED: dict[str, Any] = {
    "paper": "p1",
    "title": "A paper",
    "sections": [
        {
            "section": "s1",
            "title": "Choices",
            "items": [
                {
                    "item": "i1",
                    "marks": "4",
                    "question": {
                        "kind": "single_choice",
                        "stem": "Which?",
                        "options": [
                            {"id": "a", "text": "this", "correct": True},
                            {"id": "b", "text": "that", "correct": False},
                        ],
                        "answers": ["the key"],
                    },
                },
                {
                    "item": "i2",
                    "marks": "1",
                    "question": {"kind": "true_false", "stem": "Is it?", "options": []},
                },
            ],
        }
    ],
}


def test_peers_are_shown_what_candidates_are_shown() -> None:
    shown = shown_to_candidates(KEYED)
    item = shown["sections"][0]["items"][0]
    assert item["options"] == [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}]
    assert "the key" not in str(shown)
    assert "correct" not in str(shown)


def test_every_item_has_two_responses_that_follow_one_another() -> None:
    assert answers(shown_to_candidates(KEYED)) == [
        'i1\t"a"\n', 'i1\t"b"\n', "i2\ttrue\n", "i2\tfalse\n",
    ]  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.tsv"
    path.write_text('ann\ti1\t3\t"a"\nann\ti2\t4\ttrue\n')
    return path


def held(response: Any, seq: int) -> ExportedResponse:
    return ExportedResponse(response, "lease", seq, 0)


def test_what_was_acknowledged_and_is_stored_is_in_order(ledger: Path) -> None:
    stored = {"ann": {"i1": held("a", 3), "i2": held(True, 4)}}
    assert reconcile(ledger, stored) == Ledger(compared=2)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"ann": {"i2": held(True, 4)}},
        {"ann": {"i1": held("a", 2), "i2": held(True, 4)}},
        {"ann": {"i1": held("b", 3), "i2": held(True, 4)}},
    ],
    ids=["nobody", "no answer", "an older one", "another one"],
)
def test_what_was_acknowledged_and_is_not_stored_is_missed(
    ledger: Path, stored: dict[str, dict[str, ExportedResponse]]
) -> None:
    found = reconcile(ledger, stored)
    assert found.missing >= 1
    assert 'i1\t3\t"a"' in found.first


def test_a_later_answer_than_the_acknowledged_one_is_no_loss(ledger: Path) -> None:
    stored = {"ann": {"i1": held("b", 9), "i2": held(True, 4)}}
    assert reconcile(ledger, stored) == Ledger(compared=2, newer=1)

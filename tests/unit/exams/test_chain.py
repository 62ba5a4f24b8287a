"""The facts of an exam are a chain: whoever changes one without the key is found."""

import msgspec
import pytest
from msgspec import structs

from examsync.exams.chain import Written, faults, genesis, key_of, sealed
from protocol.facts import ExamAnnounced, ExamBody, ExamExtended, ExamFact, ExamPaused

KEY = key_of(b"orders")
BODIES: list[ExamBody] = [
    ExamExtended("x-1", 60_000, "power cut"),
    ExamPaused("x-2", "alarm"),
    ExamAnnounced("x-3", "Stay seated."),
    ExamExtended("x-4", 120_000, "alarm"),
]


def chained(*bodies: ExamBody, key: bytes = KEY) -> list[ExamFact]:
    """These facts of exam-1, as the service writes them."""
    facts: list[ExamFact] = []
    for n, body in enumerate(bodies, 1):
        plain = ExamFact("exam-1", n, 1_000 + n, "examiner:eva", body)
        facts.append(sealed(key, plain, facts[-1].hash if facts else ""))
    return facts


FACTS = chained(*BODIES)


def written(*facts: ExamFact) -> list[Written]:
    """Their rows."""
    return [Written(f.n, f.body.id, msgspec.json.encode(f).decode()) for f in facts]


def found(rows: list[Written]) -> list[tuple[int, str]]:
    return list(faults(KEY, "exam-1", rows))


def test_what_was_written_is_found_whole_in_any_order_of_its_rows() -> None:
    assert found(written(*FACTS)) == []
    assert found(written(*reversed(FACTS))) == []
    assert found([]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"at": 1},
        {"by": "examiner:mallory"},
        {"exam": "exam-2"},
        {"n": 9},
        {"body": ExamPaused("x-2", "no alarm")},
        {"prev": "00"},
        {"hash": ""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_fact_is_found(change: dict[str, object]) -> None:
    rows = written(FACTS[0], structs.replace(FACTS[1], **change), *FACTS[2:])
    rows[1] = structs.replace(rows[1], n=2)
    assert 2 in [n for n, _ in found(rows)]


def test_a_fact_that_was_changed_and_sealed_with_another_key_is_found() -> None:
    others = chained(ExamExtended("x-1", 600_000, "power cut"), key=key_of(b"guessed"))
    assert [n for n, _ in found(written(others[0], *FACTS[1:]))] == [1, 1, 2]


def test_a_removed_fact_is_found_wherever_it_was_but_at_the_end() -> None:
    for gone in range(3):
        rows = written(*FACTS[:gone], *FACTS[gone + 1 :])
        assert found(rows)[0] == (gone + 1, f"facts of the exam before {gone + 2} are missing")
    renumbered = structs.replace(FACTS[1], n=1)
    assert [n for n, _ in found(written(renumbered))] == [1, 1]
    assert found(written(*FACTS[:3])) == [], "what was cut off only anchors tell"


def test_facts_that_changed_places_are_found() -> None:
    swapped = [FACTS[0], structs.replace(FACTS[2], n=2), structs.replace(FACTS[1], n=3), FACTS[3]]
    assert [n for n, _ in found(written(*swapped))] == [2, 2, 3, 3, 4]


def test_an_added_fact_is_found() -> None:
    extra = ExamFact("exam-1", 5, 2_000, "examiner:eva", ExamExtended("x-5", 9, ""))
    assert [n for n, _ in found(written(*FACTS, extra))] == [5]
    forged = structs.replace(extra, prev=FACTS[-1].hash, hash="00" * 16)
    assert [n for n, _ in found(written(*FACTS, forged))] == [5]
    again = written(*FACTS, FACTS[-1])
    assert (4, "there are two facts of the exam of this number") in found(again)


def test_columns_and_texts_that_say_something_else_are_found() -> None:
    rows = written(*FACTS)
    other_id = [structs.replace(rows[0], id="x-9"), *rows[1:]]
    assert [n for n, _ in found(other_id)] == [1]
    no_text = [rows[0], structs.replace(rows[1], text="{"), *rows[2:]]
    assert [n for n, _ in found(no_text)] == [2, 3], "what follows it cannot be held against it"


def test_a_chain_begins_after_facts_of_an_older_version_which_are_named() -> None:
    older = ExamFact("exam-1", 1, 900, "examiner:eva", BODIES[0])
    first = sealed(KEY, ExamFact("exam-1", 2, 1_000, "examiner:eva", BODIES[1]), older.hash)
    second = sealed(KEY, ExamFact("exam-1", 3, 1_100, "examiner:eva", BODIES[2]), first.hash)
    ((n, what),) = found(written(older, first, second))
    assert (n, "older version" in what) == (1, True)


def test_exams_have_chains_of_their_own() -> None:
    assert genesis(KEY, "exam-1") != genesis(KEY, "exam-2")
    assert [n for n, _ in faults(KEY, "exam-2", written(FACTS[0]))] == [1, 1]

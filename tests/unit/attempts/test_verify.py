"""Every change to the facts of an attempt in Postgres is found; what happened by itself is none."""

from collections.abc import Callable

import pytest
from msgspec import structs

from examsync.attempts.verify import verify
from protocol.facts import Fact
from tests.builders import attempt, reopened, resumed, saved, submitted
from tests.unit.attempts.evidences import (
    AFTER,
    BODIES,
    FACTS,
    WHOLE,
    chain,
    evidence,
    findings,
    judged,
    resealed,
    stored,
    with_facts,
)

# --- nothing wrong --------------------------------------------------------------------------------


def test_what_was_flushed_is_in_order() -> None:
    verdict = judged(WHOLE)
    assert (verdict.findings, verdict.branches, verdict.facts) == ([], [], len(BODIES))


@pytest.mark.parametrize("count", range(len(BODIES) + 1))
def test_an_attempt_is_in_order_after_every_fact(count: int) -> None:
    facts, after = chain(attempt(), *BODIES[:count])
    assert findings(evidence(facts, after)) == []


def test_facts_may_come_in_any_order_from_the_database() -> None:
    assert findings(with_facts(*map(stored, FACTS[::-1]))) == []


def test_a_row_that_was_fenced_and_not_written_since_is_in_order() -> None:
    assert findings(structs.replace(WHOLE, epoch=9)) == []


def test_branches_are_told_as_such() -> None:
    """Facts of a life of Redis that was lost, beside the chain that went on."""
    main, at_fence = chain(attempt(), *BODIES[:4])
    lost, _ = chain(at_fence, resumed(5), submitted())
    new, after = chain(structs.replace(at_fence, epoch=2), resumed(6), epoch=2)
    verdict = judged(evidence([*main, *new], after, *lost))
    assert verdict.findings == []
    assert [(found.n, found.what) for found in verdict.branches] == [
        (5, "a branch of epoch 1: resumed"),
        (6, "a branch of epoch 1: submitted"),
    ]
    assert verdict.facts == 7


def test_a_branch_at_the_end_of_a_fenced_chain_is_one() -> None:
    main, at_fence = chain(attempt(), *BODIES[:4])
    lost, _ = chain(at_fence, resumed(5))
    fenced = structs.replace(at_fence, epoch=2)
    assert findings(evidence(main, fenced, *lost)) == []


# --- facts ----------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Fact], Fact]] = {
    "when": lambda f: structs.replace(f, at=f.at + 1),
    "who": lambda f: structs.replace(f, by="candidate:ravi"),
    "what": lambda f: structs.replace(f, body=saved("q5", 2, "Au")),
    "the effect": lambda f: structs.replace(f, effect='{"done":2}'),
    "the command": lambda f: structs.replace(f, command="other"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("at", [0, 5, len(FACTS) - 1])
def test_a_changed_fact_is_found(change: str, at: int) -> None:
    changed = [*map(stored, FACTS)]
    changed[at] = stored(CHANGES[change](FACTS[at]))
    what = "the fact was changed: its hash is of something else"
    assert findings(with_facts(*changed)) == [(at + 1, what)]


@pytest.mark.parametrize("at", [0, 5, len(FACTS) - 1])
def test_a_changed_fact_with_a_hash_of_its_own_is_found(at: int) -> None:
    changed = [*map(stored, FACTS)]
    changed[at] = resealed(structs.replace(FACTS[at], body=saved("q5", 2, "Au")))
    found = findings(with_facts(*changed))
    assert (at + 1, "the fact was changed: its hash is of something else") in found
    links = {n for n, what in found if "build" in what or "head" in what}
    assert links == {min(at + 2, len(FACTS))}


@pytest.mark.parametrize("at", range(len(FACTS)))
def test_a_removed_fact_is_found(at: int) -> None:
    left = [stored(each) for each in FACTS if each is not FACTS[at]]
    assert (at + 1, f"fact {at + 1} is missing") in findings(with_facts(*left))


def test_several_removed_facts_are_found() -> None:
    left = [*map(stored, FACTS[:3]), *map(stored, FACTS[6:])]
    assert findings(with_facts(*left))[0] == (4, "facts 4 to 6 are missing")
    assert findings(with_facts())[0] == (1, f"facts 1 to {len(FACTS)} are missing")


def test_a_removed_fact_whose_gap_was_closed_is_found() -> None:
    """Numbers can be moved up; hashes cannot."""
    left = [structs.replace(each, n=n) for n, each in enumerate(FACTS[:4] + FACTS[5:], 1)]
    found = findings(with_facts(*map(stored, left), n=len(left)))
    assert {n for n, what in found if "changed" in what} == set(range(5, len(FACTS)))
    assert (5, "the fact does not build on the one before it") in found


@pytest.mark.parametrize("at", [0, 4, len(FACTS) - 2])
def test_reordered_facts_are_found(at: int) -> None:
    swapped = [*FACTS]
    swapped[at] = structs.replace(FACTS[at + 1], n=at + 1)
    swapped[at + 1] = structs.replace(FACTS[at], n=at + 2)
    found = findings(with_facts(*map(stored, swapped)))
    assert {n for n, what in found if "changed" in what} == {at + 1, at + 2}
    assert (at + 1, "the fact does not build on the one before it") in found


def test_an_inserted_fact_is_found() -> None:
    """Forged between two, and all that follow moved on."""
    forged = structs.replace(FACTS[4], body=saved("q5", 9, "Au"), prev=FACTS[3].hash, n=5)
    moved = [structs.replace(each, n=each.n + 1) for each in FACTS[4:]]
    facts = [*map(stored, FACTS[:4]), resealed(forged), *map(stored, moved)]
    found = findings(with_facts(*facts, n=len(FACTS) + 1))
    assert (5, "the fact was changed: its hash is of something else") in found
    assert (6, "the fact does not build on the one before it") in found


def test_a_fact_beside_another_of_its_number_is_found() -> None:
    other, _ = chain(chain(attempt(), *BODIES[:4])[1], saved("q5", 9, "Au"))
    found = findings(with_facts(*map(stored, FACTS), *map(stored, other)))
    assert (5, "there are two facts of this number") in found


def test_an_added_fact_is_found() -> None:
    more, _ = chain(AFTER, reopened(99))
    found = findings(with_facts(*map(stored, [*FACTS, *more])))
    assert found == [(12, "the row ends before it, at 11")]


def test_a_fact_of_another_attempt_is_found() -> None:
    his, _ = chain(attempt(candidate="ravi"), *BODIES)
    found = findings(with_facts(*map(stored, his)))
    assert (3, f"the fact is of another attempt, {his[0].attempt}") in found
    assert (1, "the fact does not build on the one before it") in found


def test_a_fact_that_was_set_aside_is_found() -> None:
    """Called a branch to take it out of the chain, with row and head moved back."""
    main, before = chain(attempt(), *BODIES[:-1])
    assert findings(evidence(main, before, FACTS[-1])) == [
        (11, "the fact was set aside although it continues the chain")
    ]
    inside = [stored(each, branch=each is FACTS[4]) for each in FACTS]
    assert (5, "fact 5 is missing") in findings(with_facts(*inside))


def test_a_changed_branch_is_found() -> None:
    main, at_fence = chain(attempt(), *BODIES[:4])
    (lost,), _ = chain(at_fence, resumed(5))
    changed = structs.replace(lost, at=1)
    found = findings(evidence(main, structs.replace(at_fence, epoch=2), changed))
    assert found == [(5, "the fact was changed: its hash is of something else")]


@pytest.mark.parametrize("text", ["", "{", "null", '{"kind":"answer_saved"}', "[]"])
def test_a_fact_that_cannot_be_read_is_found(text: str) -> None:
    facts = [*map(stored, FACTS)]
    facts[4] = structs.replace(facts[4], text=text)
    found = findings(with_facts(*facts))
    assert (5, "the fact cannot be read: it was changed") in found
    assert (5, "fact 5 is missing") in found


@pytest.mark.parametrize(
    "change", [{"epoch": 7}, {"n": 9}, {"hash": "x"}, {"kind": "started"}], ids=str
)
def test_changed_columns_beside_a_fact_are_found(change: dict[str, object]) -> None:
    facts = [*map(stored, FACTS)]
    facts[4] = structs.replace(facts[4], **change)
    what = "the columns beside the fact say something else than the fact"
    assert findings(with_facts(*facts)) == [(5, what)]


def test_epochs_that_go_back_are_found() -> None:
    facts, after = chain(attempt(), *BODIES[:4], epoch=3)
    older, after = chain(after, resumed(5), epoch=2)
    found = findings(evidence([*facts, *older], structs.replace(after, epoch=3)))
    assert found == [(5, "the fact is of epoch 2, the one before it of 3")]


def test_another_key_finds_every_fact_changed() -> None:
    verdict = verify(b"another installation's key", WHOLE)
    assert {finding.n for finding in verdict.findings} == set(range(1, len(FACTS) + 1))

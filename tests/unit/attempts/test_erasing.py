"""Erasure: when it may be, what its record says, and that chains verify after it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import structs

from examsync.attempts import acting, answering, closing, commanding, seal
from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.decision import Context
from examsync.attempts.erasing import ANSWERS, PERSON, Erase, decide
from examsync.attempts.verify import Evidence, StoredFact
from examsync.errors import ExamError
from examsync.exams.exam import Order
from protocol.erasure import Blanked, Erased
from protocol.facts import Fact
from protocol.from_client import Answer, RaiseHand, Reopen
from protocol.problems import Code
from protocol.types import AttemptState
from tests.builders import (
    MINUTE,
    SALT,
    START,
    attempt,
    exam,
    fact,
    items,
    resumed,
    saved,
    started,
    submitted,
    told,
)
from tests.unit.attempts.evidences import AFTER, BODIES, FACTS, chain, evidence, findings, judged

CTX = Context(START + 40 * MINUTE, "admin:cli")
CLOSED = structs.replace(AFTER, durable=AFTER.rev)


def erase(scope: str = ANSWERS, **more: Any) -> Erase:
    return Erase("e-1", scope, "two years are over", **more)


def recorded(of: Attempt, command: Erase) -> Fact:
    """The fact of an erasure."""
    decision = decide(of, command, CTX)
    assert decision.body is not None
    return fact(of, decision.body, at=CTX.arrived, by=CTX.by, command="erase", effect="{}")


def blank(each: Fact, *, branch: bool = False) -> StoredFact:
    """A fact's row after its erasure."""
    text = msgspec.json.encode(seal.blanked(each, SALT)).decode()
    return StoredFact(each.epoch, each.n, each.hash, seal.kind_of(each), branch, text)


def whole(each: Fact) -> StoredFact:
    text = msgspec.json.encode(each).decode()
    return StoredFact(each.epoch, each.n, each.hash, seal.kind_of(each), False, text)


RECORD = recorded(CLOSED, erase(mark="2.1=41.5"))
GONE = apply(CLOSED, RECORD)


def erased(*rows: StoredFact, **changes: Any) -> Evidence:
    """What Postgres has after it; with these rows instead of the facts."""
    after = evidence([], GONE)
    facts = list(rows) or [*map(blank, FACTS), whole(RECORD)]
    return structs.replace(after, facts=facts, salt="", **changes)


# --- when it may be, and what remains -------------------------------------------------------------


def refusal(of: Attempt, command: Erase) -> Code:
    with pytest.raises(ExamError) as refused:
        decide(of, command, CTX)
    return refused.value.code


def test_it_waits_for_the_end_for_postgres_and_for_a_salt() -> None:
    assert refusal(told(attempt(), started()), erase()) is Code.ATTEMPT_OPEN
    assert refusal(AFTER, erase()) is Code.CONFLICT
    assert refusal(structs.replace(CLOSED, salt=""), erase()) is Code.CONFLICT
    assert decide(CLOSED, erase(), CTX).body is not None


def test_what_remains_is_how_it_ended_and_the_mark() -> None:
    assert (GONE.responses, set(GONE.commands)) == ({}, {"e-1"})
    core, before = GONE.core, CLOSED.core
    same = ("state", "started_at", "closed_at", "closes", "order")
    assert [getattr(core, name) for name in same] == [getattr(before, name) for name in same]
    assert (core.erased, core.mark) == (ANSWERS, "2.1=41.5")
    assert (core.lease, core.instance, core.notices, core.pauses, core.kept) == ("", "", (), (), 0)


def test_once_is_enough_and_a_person_is_more_than_answers() -> None:
    assert decide(GONE, erase(mark="2.1=41.5"), CTX).body is None
    assert decide(GONE, erase(mark="2.2=40"), CTX).body is not None  # marked before it was done
    person = recorded(GONE, erase(PERSON, mark="2.1=41.5"))
    assert isinstance(person.body, Erased)
    assert person.body.mark == ""
    nobody = apply(GONE, person)
    assert decide(nobody, erase(PERSON), CTX).body is None
    assert decide(nobody, erase(ANSWERS), CTX).body is None


def test_nothing_comes_back_into_an_erased_attempt() -> None:
    reopening = Reopen("o-1", "exam-1", [GONE.id], "again")
    tries: list[Callable[[], object]] = [
        lambda: answering.decide(GONE, exam(), items(), Answer(9, "q5", "Hg"), CTX),
        lambda: answering.decide(
            GONE, exam(), items(), Answer(9, "q5", "Hg"), structs.replace(CTX, proof="{}")
        ),
        lambda: commanding.decide(GONE, exam(), RaiseHand("h-1", True), CTX),
        lambda: acting.decide(GONE, exam(), reopening, structs.replace(CTX, proof="{}")),
        lambda: acting.decide(GONE, exam(), reopening, CTX),
    ]
    for refused in tries:
        with pytest.raises(ExamError) as why:
            refused()
        assert why.value.code is Code.ATTEMPT_CLOSED
    assert acting.why_not(GONE, exam(), "message") is not None
    order = Order(9, "x-1", "reopen", CTX.arrived, "admin:eve", "all again")
    assert closing.ordered(CLOSED, exam(orders=(order,))) is not None
    assert closing.ordered(GONE, exam(orders=(order,))) is None


# --- the chain afterwards -------------------------------------------------------------------------


def test_an_erased_attempt_verifies_and_tells_what_was_erased_by_whom() -> None:
    verdict = judged(erased())
    assert verdict.findings == []
    ((n, what),) = [(each.n, each.what) for each in verdict.erasures]
    assert (n, RECORD.by in what, "two years are over" in what) == (RECORD.n, True, True)


def test_nothing_of_what_was_said_is_left_and_it_cannot_be_guessed() -> None:
    for each in FACTS:
        left = seal.blanked(each, SALT)
        assert (left.by, left.command, left.effect) == ("", "", "")
        assert isinstance(left.body, Blanked)
        guessed = [seal.said_digest(each, salt) for salt in ("", "0" * 32)]
        assert left.body.digest not in guessed
        assert seal.blanked(left, "") == left


def test_an_erasure_without_a_record_is_found() -> None:
    rows = [blank(each) if each.n == 7 else whole(each) for each in FACTS]
    forged = structs.replace(evidence(FACTS, AFTER), facts=rows)
    ((n, what),) = findings(forged)
    assert (n, "no erasure is recorded" in what) == (7, True)


def test_a_record_made_without_the_key_is_found() -> None:
    forged = structs.replace(RECORD, hash=seal.fact_hash(b"not the key", RECORD))
    rows = [*map(blank, FACTS), whole(forged)]
    assert (RECORD.n, "the fact was changed: its hash is of something else") in findings(
        erased(*rows, head=forged.hash)
    )


def test_an_erasure_that_was_not_finished_is_found() -> None:
    unfinished = structs.replace(evidence([*FACTS, RECORD], GONE), salt=SALT)
    assert {n for n, _ in findings(unfinished)} == set(range(1, RECORD.n))
    assert "erase it again" in findings(unfinished)[0][1]


def test_what_is_left_of_facts_cannot_be_changed() -> None:
    rows = [*map(blank, FACTS), whole(RECORD)]
    left = seal.blanked(FACTS[5], SALT)
    assert isinstance(left.body, Blanked)
    for changed in (
        structs.replace(left, at=left.at + 1),
        structs.replace(left, body=Blanked("submitted", left.body.digest)),
        structs.replace(left, body=Blanked(left.body.was, "00" * 16)),
        structs.replace(left, by="candidate:asha"),
    ):
        assert findings(erased(*rows[:5], whole(changed), *rows[6:])) != [], changed
    assert findings(erased(*rows[:5], *rows[6:])) != []
    assert findings(erased(*rows[1:])) != []
    swapped = [rows[1], rows[0], *rows[2:]]
    assert findings(erased(*swapped)) == []  # rows have no order of their own
    assert findings(erased(*rows, core=msgspec.json.encode(AFTER.core).decode())) != []


def test_branches_are_erased_too() -> None:
    main, at_fence = chain(attempt(), *BODIES[:4])
    lost, _ = chain(at_fence, resumed(5), saved("q1", 9))
    new, after = chain(structs.replace(at_fence, epoch=2), resumed(6), submitted(), epoch=2)
    record = recorded(structs.replace(after, durable=after.rev), erase())
    gone = apply(after, record)
    rows = [*map(blank, [*main, *new]), whole(record)]
    aside = [blank(each, branch=True) for each in lost]
    left = structs.replace(evidence([], gone), salt="", facts=[*rows, *aside])
    assert findings(left) == []
    still = [structs.replace(whole(each), branch=True) for each in lost]
    assert findings(structs.replace(left, salt=SALT, facts=[*rows, *still])) != []


def test_an_attempt_nobody_came_to_is_erased_like_any_other() -> None:
    core = structs.replace(CLOSED.core, state=AttemptState.ABSENT, started_at=None)
    gone = apply(CLOSED, recorded(structs.replace(CLOSED, core=core), erase()))
    assert (gone.core.state, gone.core.started_at) == (AttemptState.ABSENT, None)

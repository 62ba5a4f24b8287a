"""What a candidate does is taken into the outbox, or it is said that it was not."""

import itertools

import pytest

from loadtest.client.candidate import Candidate, NotWritable
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session, State


def made(*, started: bool = True) -> tuple[Session, Candidate]:
    ids = (f"id-{n}" for n in itertools.count(1))
    session = Session("e", Outbox(), lambda: 0.5, lambda: next(ids))
    session.view.started_at = 1 if started else None
    return session, Candidate(session, lambda: next(ids))


def test_answers_are_taken_offline() -> None:
    session, candidate = made()
    assert session.state is State.IDLE
    assert candidate.answer("q1", "b", 5, flag=True, spent_ms=900) == []
    assert session.outbox.entries[0].body == {
        "item": "q1",
        "response": "b",
        "flag": True,
        "spent_ms": 900,
    }


def test_answers_are_not_taken_before_the_start_after_the_submit_or_when_closed() -> None:
    _, candidate = made(started=False)
    with pytest.raises(NotWritable):
        candidate.answer("q1", "b", 0)
    session, candidate = made()
    candidate.submit(0)
    with pytest.raises(NotWritable):
        candidate.answer("q1", "b", 0)
    session, candidate = made()
    session.state = State.CLOSED
    with pytest.raises(NotWritable):
        candidate.answer("q1", "b", 0)
    with pytest.raises(NotWritable):
        candidate.submit(0)


def test_a_second_start_is_not_another_one() -> None:
    session, candidate = made(started=False)
    candidate.start(0)
    candidate.start(0)
    assert [entry.event for entry in session.outbox.entries] == ["start"]
    session, candidate = made()
    candidate.start(0)
    assert session.outbox.entries == []


def test_every_command_has_an_id_of_its_own() -> None:
    session, candidate = made()
    candidate.violation("tab_hidden", 7, "3 s")
    candidate.raise_hand(7, text="help")
    candidate.acknowledge("n1", 7)
    candidate.submit(7)
    bodies = [entry.body for entry in session.outbox.entries]
    assert len({body["id"] for body in bodies}) == 4
    assert bodies[0] | {"id": ""} == {"id": "", "kind": "tab_hidden", "at": 7, "detail": "3 s"}

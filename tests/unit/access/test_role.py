"""Roles: every role against every action, inside and outside its scope."""

import pytest

from examsync.access.role import ALLOWED, Action, may, require
from examsync.access.token import Identity
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Role

RUNNING = {Action.AUTHOR, Action.RELEASE, Action.MANAGE_ACCOUNTS, Action.INSPECT}


def who(role: Role, exams: str = "", halls: str = "") -> Identity:
    return Identity(
        subject="s-1",
        role=role,
        exams=frozenset(exams.split()),
        halls=frozenset(halls.split()),
        issued_at=0,
        expires_at=1,
        jti="j",
    )


CANDIDATE = who(Role.CANDIDATE, "maths")
EXAMINER = who(Role.EXAMINER, "maths")
WARDEN = who(Role.EXAMINER, "maths", "east west")
ADMIN = who(Role.ADMIN)


def allowed(identity: Identity, *, exam: str | None, hall: str | None = None) -> set[Action]:
    return {action for action in Action if may(identity, action, exam=exam, hall=hall)}


def test_every_role_is_in_the_table_and_every_action_is_somebodys() -> None:
    assert set(ALLOWED) == set(Role)
    assert set().union(*ALLOWED.values()) == set(Action)


def test_a_candidate_sits_its_own_exams_and_does_nothing_else() -> None:
    assert allowed(CANDIDATE, exam="maths") == {Action.SIT}
    assert allowed(CANDIDATE, exam="physics") == set()
    assert allowed(CANDIDATE, exam=None) == set()


def test_halls_in_a_candidates_token_take_nothing_away() -> None:
    assert may(who(Role.CANDIDATE, "maths", "east"), Action.SIT, exam="maths")


def test_an_examiner_watches_and_acts_in_its_exams_but_never_sits_or_runs_the_place() -> None:
    assert allowed(EXAMINER, exam="maths") == set(Action) - RUNNING - {Action.SIT}
    assert allowed(EXAMINER, exam="maths", hall="anywhere") == allowed(EXAMINER, exam="maths")
    assert allowed(EXAMINER, exam="physics") == set()
    assert allowed(EXAMINER, exam=None) == set()


def test_an_examiner_kept_to_halls_acts_there_only() -> None:
    assert allowed(WARDEN, exam="maths", hall="east") == allowed(EXAMINER, exam="maths")
    assert allowed(WARDEN, exam="maths", hall="north") == set()
    assert allowed(WARDEN, exam="physics", hall="east") == set()


def test_an_examiner_kept_to_halls_watches_the_whole_exam_and_acts_on_none_of_it() -> None:
    assert allowed(WARDEN, exam="maths", hall=None) == {Action.WATCH}


def test_an_examiner_without_exams_may_do_nothing() -> None:
    assert allowed(who(Role.EXAMINER), exam="maths") == set()
    assert allowed(who(Role.EXAMINER), exam="") == set()


def test_an_admin_does_everything_everywhere_but_sit() -> None:
    for exam in ("maths", "physics", None):
        assert allowed(ADMIN, exam=exam) == set(Action) - {Action.SIT}


def refused(identity: Identity, action: Action, exam: str | None) -> str:
    """What somebody is told who may not."""
    with pytest.raises(ExamError) as caught:
        require(identity, action, exam=exam)
    assert caught.value.code is Code.FORBIDDEN
    return caught.value.problem.detail


def test_require_is_silent_or_forbids_without_naming_the_scope() -> None:
    require(EXAMINER, Action.EXTEND, exam="maths")
    assert refused(EXAMINER, Action.EXTEND, "physics") == "The token is not for exam physics."
    assert refused(CANDIDATE, Action.SIT, "physics") == "The token is not for exam physics."


def test_who_may_not_do_it_in_any_exam_is_told_of_the_role() -> None:
    said = "The role examiner does not allow `release` here."
    assert refused(EXAMINER, Action.RELEASE, "physics") == said
    assert refused(EXAMINER, Action.RELEASE, "maths") == said
    assert refused(EXAMINER, Action.RELEASE, None) == said
    assert "`sit`" in refused(ADMIN, Action.SIT, "maths")


def test_who_is_kept_to_halls_is_not_told_that_the_exam_is_anothers() -> None:
    assert "`announce` here" in refused(WARDEN, Action.ANNOUNCE, "maths")

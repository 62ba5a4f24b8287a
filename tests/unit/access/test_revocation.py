"""Revocations: exactly the tokens issued before, no others, for as long as any is left."""

from msgspec import structs

from examsync.access.revocation import Kind, Revocation, Revoked
from tests.unit.access.forge import ANNA, NOW


def subject(valid_after: int, forget_after: int = NOW * 2) -> Revocation:
    return Revocation(Kind.SUBJECT, ANNA.subject, valid_after, forget_after)


def test_nothing_is_revoked_to_begin_with() -> None:
    assert not Revoked().covers(ANNA)
    assert len(Revoked()) == 0


def test_tokens_of_a_subject_issued_before_are_refused_and_later_ones_are_not() -> None:
    revoked = Revoked()
    revoked.add([subject(NOW)])
    assert not revoked.covers(ANNA)
    assert revoked.covers(structs.replace(ANNA, issued_at=NOW - 1))
    assert not revoked.covers(structs.replace(ANNA, issued_at=NOW - 1, subject="other"))


def test_one_token_can_be_refused_alone() -> None:
    revoked = Revoked()
    revoked.add([Revocation(Kind.JTI, ANNA.jti, 0, NOW)])
    assert revoked.covers(ANNA)
    assert not revoked.covers(structs.replace(ANNA, jti="t-2"))


def test_a_subject_and_a_token_of_the_same_name_are_two_things() -> None:
    revoked = Revoked()
    revoked.add([Revocation(Kind.JTI, ANNA.subject, 0, NOW)])
    assert not revoked.covers(ANNA)


def test_what_came_of_one_way_of_signing_in_can_be_refused_alone() -> None:
    revoked = Revoked()
    revoked.add([Revocation(Kind.SOURCE, "code:a-1:1", NOW + 1, NOW * 2)])
    assert revoked.covers(structs.replace(ANNA, source="code:a-1:1"))
    assert not revoked.covers(structs.replace(ANNA, source="code:a-1:1", issued_at=NOW + 1))
    assert not revoked.covers(structs.replace(ANNA, source="code:a-1:2"))
    assert not revoked.covers(ANNA)
    assert len(revoked) == 1


def test_only_what_refuses_more_than_before_is_news() -> None:
    revoked = Revoked()
    first, later = subject(NOW), subject(NOW + 5)
    assert revoked.add([first]) == [first]
    assert revoked.add([first]) == []
    assert revoked.add([later, first]) == [later]
    assert revoked.covers(structs.replace(ANNA, issued_at=NOW + 4))


def test_what_has_nothing_left_to_refuse_is_forgotten() -> None:
    revoked = Revoked()
    revoked.add([subject(NOW, forget_after=NOW + 10), Revocation(Kind.JTI, "x", 0, NOW + 20)])
    revoked.forget(NOW + 10)
    assert len(revoked) == 2
    revoked.forget(NOW + 11)
    assert len(revoked) == 1
    assert not revoked.covers(structs.replace(ANNA, issued_at=0))

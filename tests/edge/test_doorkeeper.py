"""Who may come in."""

from typing import Any

import pytest

from examsync.access.token import Identity, Keys, issue, verify
from examsync.edge.sockets.door import Ack
from examsync.edge.sockets.doorkeeper import Doorkeeper, cut_revoked
from examsync.errors import ExamError
from protocol.from_client import Reauth
from protocol.from_server import ReauthAck
from protocol.problems import Code
from protocol.types import Role
from tests.edge.makers import HOUR_MS, NOW, Far, HandTime, identity, session, wire

KEYS = Keys("1", {"1": b"a key of the tests, 32 bytes long"})


class Ours:
    """Believes tokens of ours alone, and has nothing to fetch."""

    def identify(self, bearer: str, now: int) -> Identity:
        return verify(bearer, KEYS, now)

    def at_hand(self, bearer: str) -> bool:
        del bearer
        return True

    async def ready(self, bearer: str, address: str) -> None:
        del bearer, address


class Porch:
    """A doorkeeper, and who is believed no more."""

    def __init__(self) -> None:
        self.time = HandTime()
        self.revoked: set[str] = set()
        self.keeper = Doorkeeper(Ours(), self.is_revoked, self.time.now)

    def is_revoked(self, who: Identity) -> bool:
        return who.subject in self.revoked

    def code(self, namespace: str, auth: object) -> Code:
        with pytest.raises(ExamError) as refused:
            self.keeper.admit(namespace, auth)
        return refused.value.code


def auth(who: Identity, **client: Any) -> dict[str, Any]:
    return {"token": issue(who, KEYS), "client": {"instance": "browser-1", **client}}


@pytest.mark.parametrize(
    ("namespace", "role"),
    [("/exam", Role.CANDIDATE), ("/monitor", Role.EXAMINER), ("/monitor", Role.ADMIN)],
)
def test_each_role_has_its_place(namespace: str, role: Role) -> None:
    who = identity(role=role)
    found, client = Porch().keeper.admit(namespace, auth(who, name="app", later="ignored"))
    assert (found, client.instance, client.name) == (who, "browser-1", "app")
    other = "/monitor" if namespace == "/exam" else "/exam"
    assert Porch().code(other, auth(who)) is Code.FORBIDDEN


def test_the_revoked_and_the_expired_stay_outside() -> None:
    porch = Porch()
    porch.revoked.add("asha")
    assert porch.code("/exam", auth(identity())) is Code.UNAUTHORIZED
    assert (
        porch.code(
            "/exam", auth(identity("ravi", issued_at=NOW + HOUR_MS, expires_at=NOW + 2 * HOUR_MS))
        )
        is Code.UNAUTHORIZED
    )
    porch.time.ms += 2 * HOUR_MS
    assert porch.code("/exam", auth(identity("mina"))) is Code.TOKEN_EXPIRED


def test_a_fresh_token_takes_the_place_of_the_old_one() -> None:
    porch, acks = Porch(), list[Any]()
    seated = session(wire(Far(), porch.time))
    fresh = identity(expires_at=NOW + 3 * HOUR_MS, jti="jti-2")
    porch.keeper.reauth(seated, NOW, Reauth(issue(fresh, KEYS)), Ack(acks.append))
    assert seated.identity == fresh
    assert acks == [ReauthAck(NOW + 3 * HOUR_MS)]


@pytest.mark.parametrize(
    "other",
    [identity("ravi"), identity(role=Role.EXAMINER), identity(exams=frozenset({"exam-9"}))],
    ids=["another subject", "another role", "not for this exam"],
)
def test_a_token_for_something_else_changes_nothing(other: Identity) -> None:
    porch, acks = Porch(), list[Any]()
    seated = session(wire(Far(), porch.time))
    seated.exam = "exam-1"
    before = seated.identity
    with pytest.raises(ExamError) as refused:
        porch.keeper.reauth(seated, NOW, Reauth(issue(other, KEYS)), Ack(acks.append))
    assert refused.value.code is Code.FORBIDDEN
    assert (seated.identity, acks) == (before, [])


def test_connections_of_the_revoked_are_cut_and_no_others() -> None:
    porch = Porch()
    sessions = [session(wire(Far(), porch.time), identity(who)) for who in ("asha", "ravi")]
    porch.revoked.add("asha")
    cut_revoked(sessions, porch.is_revoked)
    assert [each.wire.is_cut() for each in sessions] == [True, False]

"""Who asks over HTTP: charged once for a request, however often its handlers want to know."""

from typing import Any

import pytest
from starlette.requests import Request

from examsync.access.limit import Rate
from examsync.access.token import Identity
from examsync.edge.api import bearer
from examsync.edge.api.bearer import Bearer
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Role


class Keeper:
    """Believes every token: it is the name of who shows it."""

    def identify(self, token: str) -> Identity:
        return Identity(token, Role.CANDIDATE, frozenset(), frozenset(), 0, 1, "jti")


def asking(token: str) -> Request:
    """A request with this token."""
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "headers": headers})


@pytest.fixture
def two_a_second(monkeypatch: pytest.MonkeyPatch) -> Bearer:
    """At a door where nobody may ask for more than two things, and time stands still."""
    monkeypatch.setattr(bearer, "REQUESTS", Rate(per_s=1.0, burst=2))
    keeper: Any = Keeper()
    return Bearer(keeper, lambda: 1_000)


def test_a_request_is_charged_once(two_a_second: Bearer) -> None:
    request = asking("asha")
    assert {two_a_second.identify(request).subject for _ in range(5)} == {"asha"}
    assert two_a_second.identify(asking("asha")).subject == "asha"


def test_each_person_has_a_bucket(two_a_second: Bearer) -> None:
    for who in ("asha", "ravi", "asha", "ravi"):
        assert two_a_second.identify(asking(who)).subject == who
    request = asking("asha")
    for _ in range(2):  # whoever was refused is not known by that
        with pytest.raises(ExamError) as refused:
            two_a_second.identify(request)
        assert refused.value.code is Code.RATE_LIMITED
        assert refused.value.problem.retry_after_ms == 1_000


def test_who_shows_nothing_is_nobody(two_a_second: Bearer) -> None:
    for headers in ([], [(b"authorization", b"Basic x")], [(b"cookie", b"token=asha")]):
        with pytest.raises(ExamError) as refused:
            two_a_second.identify(Request({"type": "http", "headers": headers}))
        assert refused.value.code is Code.UNAUTHORIZED

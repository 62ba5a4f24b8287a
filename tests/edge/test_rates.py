"""How fast a client may go."""

import pytest

from examsync.edge.sockets.rates import Rates
from examsync.edge.sockets.session import STRIKES
from examsync.errors import ExamError
from examsync.settings import Limits
from protocol.problems import Code
from tests.edge.makers import NOW, Far, HandTime, session, wire


def refused(rates: Rates, who: object, cost: int = 1, at: int = NOW) -> ExamError:
    with pytest.raises(ExamError) as caught:
        rates.charge(who, at, cost)  # type: ignore[arg-type]
    return caught.value


def test_a_connection_has_a_bucket_of_its_own() -> None:
    rates = Rates(Limits())
    one = session(wire(Far(), HandTime()), burst=3)
    rates.charge(one, NOW, 3)
    error = refused(rates, one)
    assert error.code is Code.RATE_LIMITED
    assert error.problem.retry_after_ms == 50


def test_connections_of_one_subject_share_another() -> None:
    rates = Rates(Limits(candidate_burst=10))
    one, two = session(wire(Far(), HandTime())), session(wire(Far(), HandTime()))
    rates.charge(one, NOW, 10)
    assert refused(rates, two).code is Code.RATE_LIMITED


def test_who_runs_into_the_limit_again_and_again_is_cut() -> None:
    rates = Rates(Limits())
    one = session(wire(Far(), HandTime()), burst=1)
    rates.charge(one, NOW, 1)
    for _ in range(STRIKES.burst):
        refused(rates, one)
        assert not one.wire.is_cut()
    refused(rates, one)
    assert one.wire.is_cut()

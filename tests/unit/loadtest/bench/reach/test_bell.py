"""When the bell's goal is met, and what is wrong."""

import pytest
from msgspec import structs

from loadtest.bench.reach.bell import check, row
from loadtest.bench.rounds import Wrong
from protocol.http import ExportedAttempt
from protocol.types import AttemptState
from tests.unit.loadtest.bench.reach.test_crowd import RUN
from tests.unit.loadtest.bench.windows import window

STARTED = ExportedAttempt(
    "a", "exam", "ann", AttemptState.IN_PROGRESS, (1, 2), {}, started_at=1_700_000_000_000
)


def test_the_goal_is_a_p99_under_a_second() -> None:
    quick = window(acked=1_000)
    slow = structs.replace(quick, latency=structs.replace(quick.latency, p99_us=1_000_000))
    assert row(RUN, quick, 1_000, 0.02).met
    assert not row(RUN, slow, 1_000, 0.02).met
    assert row(RUN, slow, 1_000, 0.02).figure == 1_000.0


def test_a_start_that_was_acknowledged_and_is_not_stored_is_wrong() -> None:
    check(window(acked=1), [STARTED])
    with pytest.raises(Wrong, match="2 starts were acknowledged, 1 attempts have started"):
        check(window(acked=2), [STARTED, structs.replace(STARTED, started_at=None)])

"""When the last second's goals are met, and what is wrong."""

import pytest
from msgspec import structs

from examsync.attempts import timing
from loadtest.bench.generator import Closes
from loadtest.bench.reach.lastsecond import SWEEP_AFTER_MS, Seen, check, due_at, ends_soon, row
from loadtest.bench.rounds import Wrong
from protocol.http import ExportedAttempt
from protocol.types import AttemptState
from tests.unit.loadtest.bench.reach.test_crowd import RUN
from tests.unit.loadtest.bench.reach.test_others import felt

EXPIRED = ExportedAttempt("a", "exam", "ann", AttemptState.EXPIRED, (1, 3), {})
DUE = 1_700_000_000_000
SEEN = Seen(
    due_at=DUE,
    closed_at=DUE + 1_900,
    graded_at=DUE + 59_000,
    closes=Closes(1_000, DUE + 2_500),
    worker_s=1.5,
    felt=[felt(250_000, DUE - 1), felt(99_000, DUE + 1)],
)


def test_all_three_goals_have_to_be_met() -> None:
    assert row(RUN, 1_000, SEEN).met
    for late in (
        structs.replace(SEEN, closed_at=DUE + 2_100),
        structs.replace(SEEN, graded_at=DUE + 61_000),
        structs.replace(SEEN, felt=[felt(100_000, DUE + 1)]),
    ):
        assert not row(RUN, 1_000, late).met


def test_times_are_told_from_when_they_were_due() -> None:
    found = row(RUN, 1_000, SEEN)
    assert (found.figure, found.unit) == (1.9, "s")
    assert found.also["graded s"] == 59.0
    assert found.also["told last s"] == 2.5
    assert found.also["worker CPU us/attempt, closed and graded"] == 1_500.0


def test_what_the_others_felt_before_is_told_apart() -> None:
    found = row(RUN, 1_000, SEEN)
    assert found.also["others: p99 ms, worst 4 s"] == 99.0
    assert found.also["others: p99 ms before"] == 250.0


def test_all_have_one_deadline_and_are_due_when_the_server_says() -> None:
    terms = ends_soon(1_000, 0.01)
    assert terms.window_end == terms.opens_at + 60_000
    assert terms.opens_at + terms.duration_ms > terms.window_end == terms.closes_at
    assert due_at(terms) == terms.window_end + 5_000 + SWEEP_AFTER_MS
    assert timing.SWEEP_AFTER_MS == SWEEP_AFTER_MS


def test_a_slow_machine_gets_more_time_to_seat_everybody_and_not_for_ever() -> None:
    quick, slow, hopeless = (ends_soon(10_000, each_s) for each_s in (0.001, 0.02, 1.0))
    assert quick.window_end - quick.opens_at == 60_000
    assert slow.window_end - slow.opens_at == 440_000
    assert hopeless.window_end - hopeless.opens_at == 600_000


def test_an_attempt_that_was_not_closed_by_the_clock_is_wrong() -> None:
    check([EXPIRED], 1)
    with pytest.raises(Wrong, match="all 2 attempts were over, and 1 are stored as expired"):
        check([EXPIRED, structs.replace(EXPIRED, state=AttemptState.IN_PROGRESS)], 2)

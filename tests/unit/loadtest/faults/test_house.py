"""Patience: limits are for a quiet machine, and are stretched for one that is busy."""

from loadtest.faults.house import PATIENCE_MAX, QUIET_START_S, patience


def test_a_quiet_machine_is_given_no_more_than_the_limits() -> None:
    assert patience(QUIET_START_S / 2, 1) == 1.0
    assert patience(2 * QUIET_START_S, 2) == 1.0


def test_a_busy_one_is_given_what_it_takes_longer_but_not_for_ever() -> None:
    assert patience(3 * QUIET_START_S, 1) == 3.0
    assert patience(1_000.0, 1) == PATIENCE_MAX

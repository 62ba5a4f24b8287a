"""A receiver that is down is asked again over a day, and then given up for a reason."""

import pytest

from examsync.events.schedule import (
    AGE_MS_MAX,
    DELAYS_MS,
    STOP_AFTER_MS,
    is_hopeless,
    next_try,
)

HOUR_MS = 3_600_000


def tries(chance: float) -> list[int]:
    """When each try is, counted from the first, if all fail at once."""
    times, now = [0], 0
    while (again := next_try(len(times), 0, now, chance)) is not None:
        now = again
        times.append(now)
    return times


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_there_are_eleven_tries_within_about_a_day(chance: float) -> None:
    times = tries(chance)
    assert len(times) == 11
    assert 20 * HOUR_MS < times[-1] < AGE_MS_MAX


def test_pauses_grow_and_are_spread_by_a_tenth() -> None:
    assert list(DELAYS_MS) == sorted(DELAYS_MS)
    assert next_try(1, 0, 0, 0.0) == 4_500
    assert next_try(1, 0, 0, 0.5) == 5_000
    assert next_try(1, 0, 0, 1.0) == 5_500


def test_what_is_too_old_is_given_up_however_few_the_tries() -> None:
    assert next_try(1, 0, AGE_MS_MAX - 1, 0.5) is not None
    assert next_try(1, 0, AGE_MS_MAX, 0.5) is None


def test_a_webhook_is_stopped_when_nothing_succeeded_while_a_delivery_was_tried() -> None:
    last = tries(0.0)[-1]
    assert is_hopeless(0, last)
    assert not is_hopeless(None, last)
    assert not is_hopeless(last - STOP_AFTER_MS + 1, last)

"""The pulse: a loop that stood still is seen, and what runs is counted."""

import asyncio
import time

from examsync.infra import metrics, pulse

STOOD_S = 0.2


def later_than(seconds: float) -> float:
    """How many turns came later than a bound of the histogram."""
    bounds = metrics.LOOP_LAG_SECONDS._upper_bounds
    counts = [bucket.get() for bucket in metrics.LOOP_LAG_SECONDS._buckets]
    return float(sum(n for bound, n in zip(bounds, counts, strict=True) if bound > seconds))


async def test_a_loop_that_stood_still_is_seen_and_its_tasks_are_counted() -> None:
    before = later_than(0.05)
    beating = asyncio.create_task(pulse.beat())
    await asyncio.sleep(0)  # it has asked to be woken
    time.sleep(STOOD_S)  # noqa: ASYNC251  # this is what must be seen
    await asyncio.sleep(pulse.PERIOD_S)  # it was due long ago, so it comes before this
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    assert later_than(0.05) > before
    assert metrics.TASKS.labels("asyncio")._value.get() >= 2  # this test, and the pulse

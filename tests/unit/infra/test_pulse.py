"""The pulse: a loop that stood still is seen, and what runs is counted."""

import asyncio
import time
from typing import Any

import pytest

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


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of loops that other tests of this process have left behind are nobody's."""
    known = pulse.known

    def ours() -> list[asyncio.Task[Any]]:
        loop = asyncio.get_running_loop()
        return [task for task in known() if task.get_loop() is loop]

    monkeypatch.setattr(pulse, "known", ours)


@pytest.mark.usefixtures("alone")
async def test_tasks_that_are_done_are_not_counted_though_somebody_holds_them() -> None:
    before = next(pulse.counts())
    done = [asyncio.create_task(asyncio.sleep(0)) for _ in range(50)]
    await asyncio.gather(*done)
    waiting = [asyncio.create_task(asyncio.sleep(60)) for _ in range(7)]
    assert before is not None
    assert next(pulse.counts()) == before + len(waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert next(pulse.counts()) == before


async def test_many_tasks_are_counted_in_several_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [asyncio.create_task(asyncio.sleep(60)) for _ in range(9)]
    monkeypatch.setattr(pulse, "TASKS_PER_TURN", 4)
    monkeypatch.setattr(pulse, "known", lambda: list(waiting))
    counting = pulse.counts()
    assert [next(counting), next(counting), next(counting)] == [None, None, 9]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

"""What gathers in plain numbers is what the metrics say, once anybody looks."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from examsync.infra import metrics, tallies
from examsync.infra.tallies import Acks, Count, Spread

TOOK_S = (0.0004, 0.001, 0.0011, 0.3, 60.0)


def figures(event: str) -> dict[str, float]:
    """What the page says of an event: counts by bucket, their sum, and how many were good."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            if sample.labels.get("event") == event and not sample.name.endswith("_created"):
                found[sample.name + sample.labels.get("le", "")] = sample.value
    return found


async def test_the_page_says_what_the_metrics_alone_would_have_said() -> None:
    gathered = Acks("gathered")
    for seconds in TOOK_S:
        gathered.took(seconds)
        metrics.ACK_SECONDS.labels("one_by_one").observe(seconds)
        metrics.EVENTS.labels("one_by_one", "ok").inc()
    assert figures("gathered") == pytest.approx(figures("one_by_one"))
    gathered.took(2.0)
    assert figures("gathered")["examsync_events_total"] == len(TOOK_S) + 1


async def test_it_is_handed_over_also_if_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "EVERY_S", 0.001)
    gathered = Acks("unseen")
    for _ in range(2):
        gathered.took(0.1)
        async with asyncio.timeout(10):
            while gathered._waits:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
    assert metrics.EVENTS.labels("unseen", "ok")._value.get() == 2


def test_without_a_loop_it_is_handed_over_at_once() -> None:
    Acks("alone").took(0.1)
    assert metrics.EVENTS.labels("alone", "ok")._value.get() == 1


async def test_a_counter_gets_all_that_was_counted() -> None:
    counter = metrics.EVENTS.labels("counted", "ok")
    counting = Count(counter)
    for number in (0, 3, 4):
        counting.add(number)
    assert counter._value.get() == 0
    assert figures("counted")["examsync_events_total"] == 7
    counting.add(1)
    counting.hand_over()
    assert counter._value.get() == 8


def test_without_a_loop_a_counter_gets_it_at_once() -> None:
    Count(metrics.EVENTS.labels("counted_alone", "ok")).add(2)
    assert metrics.EVENTS.labels("counted_alone", "ok")._value.get() == 2


async def test_a_histogram_without_a_counter_says_as_much() -> None:
    gathered = Spread(metrics.ACK_SECONDS.labels("spread"))
    for seconds in TOOK_S:
        gathered.took(seconds)
        metrics.ACK_SECONDS.labels("observed").observe(seconds)
    assert figures("spread") == pytest.approx(figures("observed"))

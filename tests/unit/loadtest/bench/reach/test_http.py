"""HTTP on one core: both goals of a row, and what there is to know before believing it."""

import msgspec
import pytest

from loadtest.bench.reach.asking import Asked
from loadtest.bench.reach.http import PLAIN, READ, Found, per_core, row
from loadtest.swarm.rows import Histogram


def asked(cpu_s: float, late_ms: float = 1.0, dropped: int = 0) -> Asked:
    """A thousand requests in one second."""
    times = Histogram()
    for _ in range(1_000):
        times.add(late_ms)
    return Asked(1.0, cpu_s, 0.1, dropped, times, {200: 1_000})


@pytest.mark.parametrize(
    ("cpu_s", "late_ms", "met"), [(0.66, 40.0, True), (0.67, 40.0, False), (0.66, 51.0, False)]
)
def test_both_how_many_and_how_soon_have_to_be_met(cpu_s: float, late_ms: float, met: bool) -> None:
    found = row(Found(READ, asked(cpu_s), asked(0.1, late_ms), 1_500, 1.0), {"more": 1.0})
    assert found.figure == pytest.approx(1_000 / cpu_s)
    assert (found.met, found.remarks, found.also["more"]) == (met, [], 1.0)


def test_a_lower_rate_a_busy_core_an_own_limit_and_requests_not_sent_are_remarked_on() -> None:
    busy = msgspec.structs.replace(asked(0.1), own_s=0.9)
    said = row(Found(PLAIN, busy, asked(0.1, dropped=3), 900, 0.0), {}).remarks
    assert [words.split(" ")[0] for words in said] == ["p95", "busy:", "the", "3"]


def test_a_server_that_took_nothing_says_nothing() -> None:
    assert per_core(Asked()) == 0.0

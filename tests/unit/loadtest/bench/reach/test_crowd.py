"""How an arrival is told, and what has to be known before believing it."""

from pathlib import Path

from loadtest.bench.generator import Come, Spread
from loadtest.bench.reach import crowd
from loadtest.bench.reach.crowd import Arrival
from loadtest.bench.reach.run import Run

RUN = Run(Path(), Path(), frozenset({0}), frozenset({1}))
JOINING = Spread(1_000, 9_000.0, 8_000, 15_000, 20_000, 25_000, 30_000)


def arrival(joined: int = 1_000, seconds: float = 2.0, blocked_s: float = 0.02) -> Arrival:
    server_s = {"server": 0.8}
    come = Come(joined, 1_000, 0, 0, 0, seconds, JOINING, 0.1, server_s, {"0": 0.4, "1": 0.5}, "")
    return Arrival(come, blocked_s)


def test_rate_and_cost_are_by_those_who_joined() -> None:
    assert arrival().per_s == 500.0
    assert arrival().cpu_us == 800.0


def test_figures_have_the_name_of_their_part() -> None:
    found = crowd.figures("back", arrival())
    assert found["back: joins/s"] == 500.0
    assert found["back: p99 ms"] == 20.0
    assert found["back: loop blocked ms at most"] == 20.0


def test_a_core_shared_with_others_is_remarked_on() -> None:
    own = {"server": 0.8}
    assert crowd.remarks(RUN, {"0": 0.8, "1": 0.5}, own, 1.0) == []
    shared, full = (
        "busy: others took a part of the server's core",
        "busy: the core of generator and storage was full",
    )
    assert crowd.remarks(RUN, {"0": 1.0, "1": 0.5}, own, 1.0) == [shared]
    assert crowd.remarks(RUN, {"0": 0.8, "1": 0.9}, own, 1.0) == [full]

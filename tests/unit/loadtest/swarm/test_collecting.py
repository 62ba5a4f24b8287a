"""What workers tell is kept by worker; who tells nothing is missed."""

import msgspec

from loadtest.report import Seated
from loadtest.swarm.collecting import Collected
from loadtest.swarm.crew import Handed
from loadtest.swarm.rows import Measure, Rows


def figures(times: int) -> bytes:
    rows = Rows()
    for _ in range(times):
        rows.add(Measure("WSC", "answer", 5.0))
    return msgspec.json.encode(rows)


def handed(run: str = "run-1") -> bytes:
    return msgspec.json.encode(
        Handed(run, [Seated("asha")], msgspec.json.decode(figures(9), type=Rows))
    )


def test_figures_are_whole_each_time_so_the_last_report_of_each_worker_counts() -> None:
    collected = Collected("run-1", ["w1", "w2"])
    collected.report("w1", figures(2))
    collected.report("w1", figures(5))
    collected.report("w2", figures(1))
    assert collected.rows().get("WSC answer").count == 6


def test_all_have_handed_in_when_none_is_missing() -> None:
    collected = Collected("run-1", ["w1", "w2"])
    collected.hand_in("w2", handed())
    assert collected.missing == ["w1"]
    assert not collected.wait(0.0)
    collected.hand_in("w1", handed())
    assert collected.wait(0.0)
    assert [len(each.people) for each in collected.handed] == [1, 1]


def test_what_is_of_an_earlier_run_is_not_taken() -> None:
    collected = Collected("run-2", ["w1"])
    collected.hand_in("w1", handed("run-1"))
    assert collected.missing == ["w1"]


def test_of_a_worker_that_is_gone_at_least_the_figures_are_known() -> None:
    collected = Collected("run-1", ["w1", "w2"])
    collected.report("w1", figures(3))
    collected.hand_in("w2", handed())
    rows = Rows()
    for each in collected.handed:
        rows.merge(each.rows)
    assert rows.get("WSC answer").count == 12
    assert collected.missing == ["w1"]

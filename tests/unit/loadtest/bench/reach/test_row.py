"""Repeats of a row as one."""

from msgspec import structs

from loadtest.bench.reach.row import Measured, merged

ONE = Measured("joins", "who joins", 1.0, "joins/s", "2,000/s", True)


def repeat(figure: float, **more: object) -> Measured:
    return structs.replace(ONE, figure=figure, **more)


def test_the_figure_is_the_median_and_the_spread_its_ends() -> None:
    found = merged([repeat(3.0), repeat(1.0), repeat(2.0)])
    assert found.figure == 2.0
    assert found.spread == (1.0, 3.0)


def test_a_goal_is_met_only_if_every_repeat_met_it_and_that_is_said() -> None:
    assert merged([repeat(1.0), repeat(2.0)]).met
    found = merged([repeat(1.0), repeat(2.0, met=False), repeat(2.0)])
    assert not found.met
    assert found.remarks == ["met in 2 of 3 repeats"]


def test_further_figures_are_medians_over_the_repeats_that_have_them() -> None:
    found = merged([repeat(1.0, also={"p99_ms": 4.0}), repeat(1.0, also={"p99_ms": 6.0, "s": 1.0})])
    assert found.also == {"p99_ms": 5.0, "s": 1.0}


def test_a_remark_of_several_repeats_is_told_once() -> None:
    found = merged([repeat(1.0, remarks=["busy"]), repeat(1.0, remarks=["busy", "late"])])
    assert found.remarks == ["busy", "late"]

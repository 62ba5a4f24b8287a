"""What is asked for on the command line: whom, and what a round does."""

import pytest

from loadtest.bench.__main__ import QUICK, able, choose, parser, plan_of
from loadtest.bench.contestants import CONTESTANTS, Contestant
from loadtest.bench.rounds import Plan
from loadtest.served import NotServed


def test_everybody_takes_part_unless_some_are_named() -> None:
    assert choose(None) == list(CONTESTANTS)
    assert [one.name for one in choose("node-tuned,examsync")] == ["examsync", "node-tuned"]


def test_a_name_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotServed, match="there is no nodejs; there are: examsync, node-stock"):
        choose("examsync,nodejs")


def test_who_cannot_run_here_is_left_out_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = CONTESTANTS[0]
    other = Contestant("other", "another", ours.start, lambda: "install it")
    assert able([ours, other]) == [ours]
    assert "without other: install it" in capsys.readouterr().err
    with pytest.raises(NotServed, match="nobody is left"):
        able([other])


def test_a_round_is_as_planned_but_for_what_was_said() -> None:
    assert plan_of(parser().parse_args([])) == Plan()
    assert plan_of(parser().parse_args(["--quick"])) == QUICK
    said = plan_of(
        parser().parse_args(["--rates", "100,200", "--flushing", "", "--window-ms", "7"])
    )
    assert said.windows() == {"open.100": (100, False), "open.200": (200, False)}
    assert said.window_ms == 7


def test_windows_beside_the_flusher_come_last() -> None:
    assert list(Plan(rates=(1,), flushing=(2,)).windows()) == ["open.1", "flushing.2"]

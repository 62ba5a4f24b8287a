"""Rows one after the other: what one cannot do keeps no other from running."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run
from loadtest.bench.reach.running import measure, within
from loadtest.bench.rounds import Wrong
from loadtest.served import NotServed

RUN = Run(Path(), Path(), frozenset({0}), frozenset({1}))


def good(run: Run) -> Measured:
    return Measured("good", "it works", 2.0, "s", "3 s at most", True)


def raising(error: Exception) -> Callable[[Run], Measured]:
    def row(run: Run) -> Measured:
        raise error

    return row


def test_every_row_is_repeated_and_told_as_one() -> None:
    found = measure(RUN, {"good": good}, 3)
    assert [(row.name, row.figure, row.spread) for row in found.rows] == [("good", 2.0, (2.0, 2.0))]
    assert found.repeats == 3


def test_what_one_row_cannot_do_keeps_no_other_from_running() -> None:
    rows = {
        "lost": raising(Wrong("an answer is gone")),
        "none": raising(NotServed("no cc")),
        "good": good,
    }
    found = measure(RUN, rows, 1)
    assert found.wrong == {"lost": "an answer is gone"}
    assert found.not_run == {"none": "no cc"}
    assert [row.name for row in found.rows] == ["good"]


def test_a_row_that_hangs_is_broken_off() -> None:
    with pytest.raises(NotServed, match="not over within 1 s"), within(1):
        time.sleep(30)


def test_as_many_come_as_asked_or_as_the_goal_names() -> None:
    assert RUN.people(10_000) == 10_000
    assert Run(Path(), Path(), frozenset(), frozenset(), 50).people(10_000) == 50

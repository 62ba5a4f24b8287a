"""`./dev check`: all is run, and what failed is named."""

import pytest

from examsync.devstack.checking import CHECKS, main


def test_checks_all_run_and_the_failed_ones_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []

    def run(step: list[str]) -> int:
        ran.append(step[0])
        return int(step[0] == "mypy")

    assert main(run) == 1
    assert ran == [step[0] for step in CHECKS.values()]
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "dev: Not in order: types, types of ./dev."


def test_where_all_is_in_order_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(lambda step: 0) == 0
    assert capsys.readouterr().out.endswith("dev: all in order\n")

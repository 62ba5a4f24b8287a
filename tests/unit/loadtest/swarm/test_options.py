"""Options that make no run are refused with what they take; the others reach the other process."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from loadtest.swarm.options import BadOption, add_of_run, check_of_run, options, repeated
from loadtest.swarm.shapes import SHAPES, Schedule


def given(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    add_of_run(parser)
    found = parser.parse_args(arguments)
    found.result, found.no_table, found.keep = "", False, False
    return found


def test_by_default_three_hundred_sit_steadily_for_a_minute() -> None:
    wanted = options(given())
    assert (wanted.candidates, wanted.examiners, wanted.table) == (300, 2, True)
    assert wanted.schedule == Schedule("steady", 60.0, 5.0, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--candidates", "0"], "--candidates 0: it takes 1 to 20000"),
        (["--examiners", "101"], "--examiners 101: it takes 1 to 100"),
        (["--for", "2"], "--for 2: it takes 5 to 14400"),
        (["--think", "0"], "--think 0: it takes 0.2 to 600"),
        (["--thresholds", "/no/such.toml"], "--thresholds /no/such.toml: "),
    ],
)
def test_what_makes_no_run_is_refused_with_what_would(arguments: list[str], said: str) -> None:
    with pytest.raises(BadOption) as refused:
        options(given(*arguments))
    assert str(refused.value).startswith(said)


def test_a_shape_from_the_page_that_is_none_is_refused() -> None:
    asked = given()
    asked.shape = "square"
    with pytest.raises(BadOption, match="there are steady, bell, storm, final"):
        options(asked)


def test_a_file_of_thresholds_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[rows."WSC answer"]\np99_ms = 150\n')
    assert check_of_run(given("--thresholds", str(file))).rows["WSC answer"].p99_ms == 150


@pytest.mark.parametrize("shape", SHAPES)
def test_another_process_is_told_the_same(shape: str) -> None:
    asked = given("--candidates", "7", "--for", "9.5", "--shape", shape, "--seed", "3")
    assert vars(given(*repeated(asked))) == vars(asked)

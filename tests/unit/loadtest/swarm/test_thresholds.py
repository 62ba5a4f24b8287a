"""Limits are kept row by row; what is broken is named; a file that checks nothing is refused."""

import pytest

from loadtest.swarm.options import THRESHOLDS
from loadtest.swarm.rows import Measure, Rows
from loadtest.swarm.thresholds import BadThresholds, Correct, Thresholds, broken, read

FINE = Correct()


def rows(*measures: Measure) -> Rows:
    made = Rows()
    for measure in measures:
        made.add(measure)
    return made


def answers(*durations: float) -> Rows:
    return rows(*(Measure("WSC", "answer", ms) for ms in durations))


def limits(text: str) -> Thresholds:
    return read(text)


def test_the_default_file_is_one_and_allows_no_defect() -> None:
    default = read(THRESHOLDS.read_text())
    assert default.correct == Correct()
    assert default.rows["default"].failures == 0
    assert default.rows["WSC answer"].count_min == 1


def test_a_row_within_its_limits_breaks_nothing() -> None:
    given = limits('[rows."WSC answer"]\np95_ms = 10\np99_ms = 10\ncount_min = 3\nmax_ms = 10')
    assert broken(given, answers(1, 2, 10), FINE) == []


@pytest.mark.parametrize("key", ["p50_ms", "p95_ms", "p99_ms", "max_ms"])
def test_each_limit_of_a_duration_can_be_broken(key: str) -> None:
    given = limits(f'[rows."WSC answer"]\n{key} = 10')
    (said,) = broken(given, answers(20, 20, 20), FINE)
    assert said.startswith(f"WSC answer: {key} is 20.0")


def test_one_row_says_nothing_of_another() -> None:
    given = limits('[rows."WSC join"]\np99_ms = 10')
    assert broken(given, answers(5_000), FINE) == []


def test_a_row_that_was_never_measured_can_be_asked_for() -> None:
    given = limits('[rows."WSC answer"]\ncount_min = 1')
    assert broken(given, Rows(), FINE) == ["WSC answer: 0 measured, at least 1"]


def test_failures_are_broken_in_every_row_that_does_not_say_otherwise() -> None:
    failed = rows(Measure("WSC", "join", error="paused"), Measure("ERR", "task", error="boom"))
    said = broken(limits(""), failed, FINE)
    assert said == [
        "ERR task: 1 failures (1 x boom), at most 0",
        "WSC join: 1 failures (1 x paused), at most 0",
    ]
    forgiving = limits("[rows.default]\nfailures = 1")
    assert broken(forgiving, failed, FINE) == []
    one_row = limits('[rows."WSC join"]\nfailures = 1')
    assert broken(one_row, failed, FINE) == ["ERR task: 1 failures (1 x boom), at most 0"]


@pytest.mark.parametrize("name", Correct.__struct_fields__)
def test_each_kind_of_defect_is_counted(name: str) -> None:
    found = Correct(**{name: 2})
    assert broken(limits(""), Rows(), found) == [f"{name}: 2, at most 0"]
    assert broken(limits(f"[correct]\n{name} = 2"), Rows(), found) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[rows."WSC anwser"]\np99_ms = 1', "did you mean 'WSC answer'?"),
        ('[rows."Aggregated"]\np99_ms = 1', "there is no row 'Aggregated'"),
        ('[rows."WSC answer"]\np98_ms = 1', "p98_ms"),
        ('[rows."WSC answer"]\np99_ms = "1"', "p99_ms"),
        ('[rows."WSC answer"]\np99_ms = 0', "p99_ms"),
        ("[correct]\nlosses = 0", "losses"),
        ("[correct]\nlost = -1", "lost"),
        ("rows", "toml"),
    ],
)
def test_a_file_that_would_not_be_checked_as_meant_is_refused(text: str, hint: str) -> None:
    with pytest.raises(BadThresholds) as refused:
        read(text)
    assert hint.lower() in str(refused.value).lower() or hint == "toml"

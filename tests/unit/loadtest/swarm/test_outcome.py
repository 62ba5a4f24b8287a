"""The verdict, and the table for people."""

from typing import Any

import msgspec
import pytest

from loadtest.reconcile import Findings
from loadtest.report import Report, Seated
from loadtest.swarm.outcome import Facts, Outcome, outcome, table
from loadtest.swarm.rows import Measure, Rows
from loadtest.swarm.thresholds import Thresholds, read

FACTS = Facts("exam-1", "http://host", "steady", 10, 2, 20.0, seated=10)
ALL_WELL = "Everything acknowledged is there; every threshold was kept."


def judged(
    findings: Findings | None = None,
    person: Seated | None = None,
    limits: Thresholds | None = None,
    **facts: Any,
) -> Outcome:
    rows = Rows()
    for ms in (4.0, 6.0):
        rows.add(Measure("WSC", "answer", ms))
    rows.add(Measure("WSR", "closed"))
    people = [person or Seated("asha", acked=2)]
    told = msgspec.structs.replace(FACTS, **facts)
    report = Report("exam-1", 1, 0, people=people, acked=2)
    return outcome(told, rows, report, findings or Findings(acked=2), limits or Thresholds())


def test_a_run_in_which_all_is_there_is_in_order() -> None:
    result = judged()
    assert result.ok
    assert ALL_WELL in table(result)


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        (Findings(lost=1, missing=["asha q1"]), "lost: 1, at most 0"),
        (Findings(duplicates=["asha v1"]), "duplicates: 1, at most 0"),
        (Findings(late=["asha q2"]), "late: 1, at most 0"),
        (Findings(commands=["asha submit s1"]), "commands: 1, at most 0"),
        (Findings(unknown=["asha"]), "unknown: 1, at most 0"),
    ],
)
def test_what_the_comparison_found_breaks_the_run_and_is_shown(
    findings: Findings, said: str
) -> None:
    result = judged(findings)
    assert not result.ok
    assert result.broken == [said]
    assert said in table(result)
    assert "asha" in table(result)
    assert ALL_WELL not in table(result)


def test_an_answer_acked_as_late_breaks_the_run() -> None:
    assert judged(person=Seated("asha", late=1)).broken == ["late: 1, at most 0"]


def test_an_answer_that_was_never_acked_breaks_the_run() -> None:
    assert judged(person=Seated("asha", pending=3)).broken == ["unacked: 3, at most 0"]


def test_candidates_who_never_sat_and_gaps_of_the_monitor_break_the_run() -> None:
    assert judged(seated=8).broken == ["not_seated: 2, at most 0"]
    assert judged(gaps=1).broken == ["gaps: 1, at most 0"]


def test_without_an_export_nothing_is_proven() -> None:
    result = outcome(FACTS, Rows(), Report("e", 1, 0), None, Thresholds())
    assert not result.ok
    assert result.broken == ["what was acknowledged could not be compared with the export"]


def test_what_kept_the_run_from_being_measured_breaks_it() -> None:
    assert judged(troubles=["1 processes never handed in"]).broken == [
        "1 processes never handed in"
    ]


def test_a_broken_threshold_is_named() -> None:
    result = judged(limits=read('[rows."WSC answer"]\np99_ms = 5'))
    assert result.broken == ["WSC answer: p99_ms is 6.0, at most 5"]


def test_the_table_has_a_line_for_each_row_and_no_zero_where_there_is_no_time() -> None:
    lines = table(judged()).splitlines()
    (answer,) = [line for line in lines if line.startswith("WSC answer")]
    assert answer.split() == ["WSC", "answer", "2", "0", "4.0", "6.0", "6.0", "6.0", "0.1"]
    (closed,) = [line for line in lines if line.startswith("WSR closed")]
    assert closed.split() == ["WSR", "closed", "1", "0", "-", "-", "-", "-", "0.1"]
    assert not any("Aggregated" in line for line in lines)


def test_reasons_of_failures_are_under_the_table() -> None:
    rows = Rows()
    rows.add(Measure("WSC", "answer", error="storage_full"))
    result = outcome(FACTS, rows, Report("e", 1, 0), Findings(), Thresholds())
    assert "WSC answer failed: 1 x storage_full" in table(result)


def test_a_run_that_was_stopped_is_cut_short_only_while_nothing_acked_is_wrong() -> None:
    stopped = judged(seated=4, stopped_early=True)
    assert stopped.cut_short
    assert not stopped.ok
    assert "Not reached:" in table(stopped)
    assert not judged(Findings(lost=1), stopped_early=True).cut_short


def test_what_makes_figures_doubtful_is_said() -> None:
    said = table(judged(generator_short_of_cpu=True, clock_offset_ms=-40.0, clock_error_ms=3.0))
    assert "short of CPU" in said
    assert "-40.0 ms from ours (give or take 3.0 ms)" in said


def test_an_outcome_can_be_read_again() -> None:
    result = judged()
    again = msgspec.json.decode(msgspec.json.encode(result), type=Outcome)
    assert msgspec.to_builtins(again) == msgspec.to_builtins(result)


def test_what_the_server_used_is_told_for_a_server_of_our_own() -> None:
    result = judged()
    assert "processor" not in table(result)
    result.server_cpu_s = 2.0
    assert "2.0 s of processor time (10% of a core), 1000000 us for each answer" in table(result)

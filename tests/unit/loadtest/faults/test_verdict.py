"""What breaks a row, and what does not."""

import pytest

from loadtest.client.ledger import AckedAnswer
from loadtest.faults.verdict import (
    Evidence,
    Expected,
    Recovery,
    Told,
    judge,
    lost_ages_ms,
    named,
    regressions,
    summary,
    versions,
)
from loadtest.reconcile import Findings
from loadtest.report import Report, Seated
from protocol.http import ExportedAttempt, ExportedResponse
from protocol.types import AttemptState


def seen(**changes: object) -> Evidence:
    made = Evidence(findings=Findings(acked=9), recoveries=[Recovery(1.0, 2.0)])
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_a_row_in_which_all_is_there_is_in_order() -> None:
    assert judge(Expected(), seen()) == []


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Findings(missing=["c-1 q1"]), "acked and lost: c-1 q1"),
        (Findings(older=["c-1 q1"]), "acked and lost"),
        (Findings(different=["c-1 q1"]), "another value"),
        (Findings(late=["c-1 q1"]), "as late"),
        (Findings(duplicates=["c-1 v1"]), "twice"),
        (Findings(commands=["c-1 submit x"]), "without their effect"),
        (Findings(unknown=["c-1"]), "without an attempt"),
    ],
)
def test_whatever_the_comparison_finds_breaks_it(found: Findings, says: str) -> None:
    (broken,) = judge(Expected(), seen(findings=found))
    assert says in broken


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"regressed": ["a-1 q1"]}, "went back to older versions"),
        ({"claims": ["it did not stop"]}, "it did not stop"),
        ({"refused": ["c-1 answer late"]}, "refused for good"),
        ({"late": 3}, "3 answers were acked as late"),
        ({"not_home": ["c-1"]}, "not durable although all was repaired"),
        ({"recoveries": [Recovery(None, 1.0)]}, "took never until everybody had an ack again"),
        ({"recoveries": [Recovery(1.0, 30.0)]}, "took 30.0 s until all was durable"),
    ],
)
def test_so_does_everything_else_that_was_promised(changes: dict[str, object], says: str) -> None:
    (broken,) = judge(Expected(within_s=20.0), seen(**changes))
    assert says in broken


def test_a_row_may_expect_refusals_and_late_answers() -> None:
    expected = Expected(refuses=True, is_late=True)
    assert judge(expected, seen(refused=["c-1 answer late"], late=2)) == []


def test_what_the_drill_itself_stood_still_is_allowed_to_recovery() -> None:
    late = {"recoveries": [Recovery(21.0, 21.0)]}
    assert judge(Expected(within_s=20.0), seen(**late))
    assert judge(Expected(within_s=20.0), seen(slack_s=2.0, **late)) == []


def test_limits_are_longer_on_a_machine_that_is_slow() -> None:
    late = {"recoveries": [Recovery(50.0, 50.0)]}
    assert judge(Expected(within_s=20.0), seen(patience=2.0, **late))
    assert judge(Expected(within_s=20.0), seen(patience=3.0, **late)) == []


def test_what_processes_waited_for_a_core_is_no_recovery() -> None:
    assert judge(Expected(within_s=20.0), seen(recoveries=[Recovery(27.0, 27.0, 6.0)]))
    assert judge(Expected(within_s=20.0), seen(recoveries=[Recovery(27.0, 27.0, 8.0)])) == []


def test_clients_that_never_return_lose_what_the_limit_says_and_no_more() -> None:
    expected = Expected(loses=True)
    lost = Findings(missing=["c-1 q1", "c-1 q2"], lost=2, commands=["c-1 start x"])
    assert judge(expected, seen(findings=lost, lost_ages_ms=[1_999, -3])) == []
    (broken,) = judge(expected, seen(findings=lost, lost_ages_ms=[1_999, 2_500]))
    assert "acked more than two seconds before: 2500 ms" in broken
    wrong = Findings(different=["c-1 q1"])
    assert judge(expected, seen(findings=wrong))  # what is there must be right


def test_lost_answers_are_as_old_as_their_acks() -> None:
    acked = AckedAnswer("q1", "l", 1, "A", (1, 2), "r", saved_at=8_000)
    report = Report("e", 1, 0, people=[Seated("c-1", latest={"q1": acked})])
    assert lost_ages_ms(report, Findings(missing=["c-1 q1"]), 9_500) == [1_500]
    assert lost_ages_ms(report, Findings(), 9_500) == []


def attempt(**responses: tuple[str, int]) -> ExportedAttempt:
    held = {item: ExportedResponse("A", lease, seq, 1) for item, (lease, seq) in responses.items()}
    return ExportedAttempt("a-1", "e", "c-1", AttemptState.IN_PROGRESS, (1, 1), held)


def test_an_item_that_is_gone_or_older_than_before_has_gone_back() -> None:
    before = versions([attempt(q1=("l1", 5), q2=("l1", 6), q3=("l1", 7))])
    after = versions([attempt(q1=("l1", 4), q3=("l2", 1))])
    assert regressions(before, after) == ["a-1 q1", "a-1 q2"]
    assert regressions(after, after) == []


def test_long_lists_are_cut_and_counted() -> None:
    assert named(str(n) for n in range(7)) == "0, 1, 2, 3, 4 and 2 more"
    assert named(["one"]) == "one"


def test_everything_is_added_up_and_what_broke_is_named_once() -> None:
    told = [
        Told("one", acked=10, lost=1, broken=["acked and lost: c-1 q1"]),
        Told("one", acked=5, lost=2, broken=["acked and lost: c-2 q1"]),
        Told("two", acked=7),
        Told("three", skipped="haproxy is not installed"),
    ]
    whole = summary(told, 7, 61)
    assert (whole.ok, whole.ran, whole.acked, whole.lost) == (False, 3, 22, 3)
    assert (whole.broken, whole.skipped) == (["one"], ["three"])
    assert summary(told[2:], 7, 61).ok

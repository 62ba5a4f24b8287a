"""Signals are weighed and summed, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from examsync.proctoring.violation import (
    KINDS,
    SEVERITIES,
    Severity,
    Summary,
    added,
    severity,
    summary,
)
from protocol.facts import Body, Fact, HandRaised, ViolationReported

NOW = 1_763_714_800_000

kinds = st.sampled_from(KINDS)
times = st.integers(NOW, NOW + 10_000)


def fact(body: Body, at: int = NOW) -> Fact:
    return Fact("a1", 1, 1, "", at, "asha", body)


def signal(kind: str, at: int = NOW) -> Fact:
    return fact(ViolationReported("v1", kind, at - 40, ""), at)


def test_every_kind_a_client_may_report_has_a_severity_and_no_other_has() -> None:
    assert set(SEVERITIES) == set(KINDS)


def test_what_takes_intent_outweighs_what_happens_to_anybody() -> None:
    assert severity("paste") > severity("tab_hidden") > severity("window_blur")


def test_a_kind_nobody_knows_weighs_like_other() -> None:
    assert severity("telepathy") is Severity.NOTE


def test_facts_that_are_no_signals_change_nothing() -> None:
    assert summary([fact(HandRaised("h1", True, ""))]) == Summary()


def test_a_summary_counts_by_kind_adds_the_severities_and_knows_the_latest() -> None:
    found = summary([signal("copy"), signal("paste", NOW + 5), signal("copy", NOW + 9)])
    assert found == Summary({"copy": 2, "paste": 1}, 2 + 3 + 2, "copy", NOW + 9)
    assert found.total == 3


@given(st.lists(st.tuples(kinds, times)))
def test_the_order_in_which_signals_are_read_does_not_matter(
    signals: list[tuple[str, int]],
) -> None:
    there = summary(signal(kind, at) for kind, at in signals)
    back = summary(signal(kind, at) for kind, at in reversed(signals))
    assert there.counts == back.counts
    assert (there.weight, there.last_at) == (back.weight, back.last_at)
    assert there.total == len(signals)


@given(kinds, times)
def test_one_more_signal_never_weighs_less(kind: str, at: int) -> None:
    before = summary([signal("print", NOW + 5_000)])
    after = added(before, signal(kind, at))
    assert after.weight > before.weight
    assert after.last_at == max(at, NOW + 5_000)

"""Who needs an examiner comes first, with the reason; who has finished needs none."""

from typing import Any

import pytest

from examsync.monitor.trouble import Trouble, sorted_by_trouble, trouble
from protocol.types import AttemptState, Grading, Presence
from tests.unit.monitor.scene import connection, row

FINE = Trouble(0, ())


def test_who_works_undisturbed_is_no_trouble() -> None:
    assert trouble(row(), connection(pending=0, rtt_ms=80, visible=True)) == FINE


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"hand": True}, "hand raised"),
        ({"takeover_waiting": True}, "a device waits for approval"),
        ({"violations": 3}, "3 signals"),
        ({"kept": 2}, "2 answers kept apart"),
        ({"late": 1}, "1 answer late"),
        ({"grading": Grading.REGRADE_PROPOSED}, "a regrade is proposed"),
    ],
)
def test_a_row_says_why_it_stands_out(fields: dict[str, Any], reason: str) -> None:
    assert trouble(row(**fields), connection()).reasons == (reason,)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"level": Presence.AWAY}, "away"),
        ({"level": Presence.SILENT}, "silent"),
        ({"level": Presence.LATE}, "late"),
        ({"pending": 4}, "4 answers on the way"),
        ({"visible": False}, "page hidden"),
        ({"rtt_ms": 1_500}, "slow line"),
    ],
)
def test_so_does_a_connection(fields: dict[str, Any], reason: str) -> None:
    found = trouble(row(), connection(**fields))
    assert found.reasons == (reason,)
    assert found.weight > 0


def test_who_works_without_a_connection_is_as_bad_as_away() -> None:
    away = trouble(row(), connection(level=Presence.AWAY))
    assert trouble(row(), None) == Trouble(away.weight, ("not connected",))


@pytest.mark.parametrize("state", [AttemptState.NOT_STARTED, AttemptState.SUBMITTED])
def test_who_does_not_work_may_be_anywhere(state: AttemptState) -> None:
    assert trouble(row(state=state), None) == FINE
    assert trouble(row(state=state), connection(level=Presence.AWAY)) == FINE


def test_reasons_add_up_and_the_weightiest_is_said_first() -> None:
    found = trouble(row(hand=True, violations=1), connection(level=Presence.LATE))
    assert found == Trouble(115, ("hand raised", "late", "1 signal"))


def test_signals_alone_do_not_hide_a_raised_hand() -> None:
    many = trouble(row(violations=1_000), connection())
    assert many.weight < trouble(row(hand=True), connection()).weight


def test_the_greatest_trouble_comes_first_and_the_finished_last() -> None:
    rows = {
        "zoe": row("zoe"),
        "abe": row("abe", state=AttemptState.SUBMITTED),
        "kim": row("kim", hand=True),
        "bob": row("bob"),
    }
    connections = {name: connection(name) for name in rows}
    order = [each.attempt for each, _ in sorted_by_trouble(rows, connections)]
    assert order == ["kim", "bob", "zoe", "abe"]

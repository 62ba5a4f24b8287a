"""A turn in which anything acknowledged was wrong is no result."""

from pathlib import Path

import msgspec
import pytest

from loadtest.bench.rounds import Wrong, check, reconciled
from protocol.http import ExportedResponse
from tests.unit.loadtest.bench.windows import turn


def test_a_turn_without_a_fault_passes() -> None:
    check(turn("examsync", 1, 1.0))


@pytest.mark.parametrize("what", ["refused", "unanswered", "lost"])
def test_a_wrong_a_missing_ack_or_a_lost_connection_ends_the_run(what: str) -> None:
    one = turn("examsync", 1, 1.0)
    one.opens["open.1000"] = msgspec.structs.replace(one.closed, **{what: 1}, fault="why")
    with pytest.raises(Wrong, match=r"examsync, open\.1000: .* why"):
        check(one)


def test_an_answer_put_off_is_no_fault() -> None:
    one = turn("examsync", 1, 1.0)
    one.closed = msgspec.structs.replace(one.closed, put_off=5)
    check(one)


def test_an_acknowledged_answer_that_is_not_stored_ends_the_run(tmp_path: Path) -> None:
    acked = tmp_path / "ledger.tsv"
    acked.write_text('ann\ti1\t3\t"a"\n')
    assert reconciled(acked, {"ann": {"i1": ExportedResponse("a", "l", 3, 0)}}).compared == 1
    with pytest.raises(Wrong, match="1 acknowledged answers are not stored: ann"):
        reconciled(acked, {})

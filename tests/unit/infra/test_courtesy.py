"""Who works in the background rests as long as others wait for his processor."""

import itertools
import sys

import pytest

from examsync.infra import courtesy
from examsync.infra.courtesy import REST_S_MAX, Courtesy

MS = 1_000_000
"""Nanoseconds."""


def after(ran_ms: int, waited_ms: int) -> Courtesy:
    """Somebody who ran and waited for so long since."""
    said = iter([(5 * MS, 7 * MS), ((5 + ran_ms) * MS, (7 + waited_ms) * MS)])
    return Courtesy(lambda: next(said))


def test_alone_nobody_rests() -> None:
    assert after(20, 0).rest_s(0.1) == 0
    assert after(20, 2).rest_s(0.1) == 0


def test_who_shares_his_processor_with_one_other_rests_as_long_as_he_worked() -> None:
    assert after(20, 20).rest_s(0.1) == pytest.approx(0.1)


def test_the_more_others_wait_the_longer_he_rests_but_not_for_ever() -> None:
    rests = [after(20, 20 * others).rest_s(0.1) for others in (1, 2, 3)]
    assert rests == sorted(set(rests))
    assert after(20, 60).rest_s(10) == REST_S_MAX


def test_each_stretch_counts_for_itself() -> None:
    said = itertools.chain([(0, 0), (MS, 9 * MS)], itertools.repeat((2 * MS, 9 * MS)))
    one = Courtesy(lambda: next(said))
    assert one.rest_s(0.01) > 0
    assert one.rest_s(0.01) == 0


def test_who_did_nothing_has_waited_for_nothing() -> None:
    assert after(0, 0).rest_s(0.1) == 0


def test_where_nothing_is_told_nobody_rests() -> None:
    assert Courtesy(lambda: None).rest_s(1) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_kernel_tells_how_long_we_ran() -> None:
    before = courtesy.scheduled()
    sum(range(2_000_000))
    later = courtesy.scheduled()
    assert before is not None
    assert later is not None
    assert later[0] > before[0]
    assert later[1] >= before[1]


def test_a_system_that_does_not_tell_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stat")
    monkeypatch.setattr(courtesy, "STAT", folder / "nothing")
    assert courtesy.scheduled() is None
    (folder / "odd").write_text("what?")
    monkeypatch.setattr(courtesy, "STAT", folder / "odd")
    assert courtesy.scheduled() is None

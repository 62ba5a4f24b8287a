"""What happens to candidates in a drill, besides answering."""

from random import Random

from loadtest.bots.temper import Happening
from loadtest.faults.sitting import SIGNALS_UNTIL_S, happenings


def test_signals_and_raised_hands_come_all_the_time_in_order() -> None:
    found = happenings(Random(3))
    times = [at for at, _ in found]
    assert times == sorted(times)
    assert times[-1] > SIGNALS_UNTIL_S - 10
    assert {what for _, what in found} == {Happening.LEAVE_TAB, Happening.RAISE_HAND}
    assert found == happenings(Random(3))
    assert found != happenings(Random(4))

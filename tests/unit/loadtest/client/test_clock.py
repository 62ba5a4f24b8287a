"""The server's time is taken from the quickest of the last round trips."""

from hypothesis import given
from hypothesis import strategies as st

from loadtest.client.clock import SAMPLES_MAX, ServerClock


def test_before_the_first_round_trip_it_is_this_clients_own() -> None:
    clock = ServerClock()
    assert clock.server_now(1_234) == 1_234
    assert clock.rtt_ms is None


def test_the_reading_is_taken_to_lie_in_the_middle_of_the_round_trip() -> None:
    clock = ServerClock()
    clock.heard(10_050, sent_at=1_000, heard_at=1_100)
    assert clock.server_now(1_050) == 10_050
    assert clock.rtt_ms == 100


def test_a_slow_round_trip_does_not_spoil_a_quick_one() -> None:
    clock = ServerClock()
    clock.heard(10_010, sent_at=1_000, heard_at=1_020)
    clock.heard(12_000, sent_at=2_000, heard_at=5_000)
    assert clock.offset_ms == 9_000
    assert clock.rtt_ms == 3_000


def test_the_quick_one_is_forgotten_in_the_end() -> None:
    clock = ServerClock()
    clock.heard(10_000, sent_at=1_000, heard_at=1_000)
    for n in range(SAMPLES_MAX):
        clock.heard(50_000 + n, sent_at=n, heard_at=n + 100)
    assert clock.offset_ms == 49_950


def test_a_clock_that_jumped_back_during_the_round_trip_is_not_believed() -> None:
    clock = ServerClock()
    clock.heard(10_000, sent_at=2_000, heard_at=1_000)
    assert clock.rtt_ms is None


@given(st.integers(-(10**9), 10**9), st.lists(st.tuples(st.integers(0, 5_000), st.floats(0, 1))))
def test_it_is_off_by_at_most_half_of_the_best_round_trip(
    offset: int, trips: list[tuple[int, float]]
) -> None:
    clock = ServerClock()
    for rtt, share in trips:
        clock.heard(round(rtt * share) + offset, sent_at=0, heard_at=rtt)
    best = min((rtt for rtt, _ in trips[-SAMPLES_MAX:]), default=None)
    if best is not None:
        assert abs(clock.offset_ms - offset) <= best / 2 + 1

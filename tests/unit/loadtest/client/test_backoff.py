"""Waits grow from 300 ms to 15 s, spread evenly, and never undercut the server."""

from hypothesis import given
from hypothesis import strategies as st

from loadtest.client.backoff import BASE_MS, CAP_MS, delay_ms

DRAWS = st.floats(0, 1, exclude_max=True)


def test_the_ceiling_doubles_with_every_failure_up_to_the_cap() -> None:
    assert [delay_ms(tries, 0.999999) for tries in range(1, 8)] == [
        299,
        599,
        1_199,
        2_399,
        4_799,
        9_599,
        14_999,
    ]


@given(st.integers(0, 10_000), DRAWS)
def test_the_jitter_is_full_and_bounded(tries: int, draw: float) -> None:
    assert 0 <= delay_ms(tries, draw) < CAP_MS
    assert delay_ms(tries, 0.0) == 0


@given(st.integers(0, 50), DRAWS, st.integers(0, 60_000))
def test_what_the_server_asked_for_is_never_undercut(tries: int, draw: float, asked: int) -> None:
    assert asked <= delay_ms(tries, draw, asked) < asked + CAP_MS


def test_clients_that_were_told_the_same_come_back_apart() -> None:
    waits = {delay_ms(1, draw / 100, 5_000) for draw in range(100)}
    assert min(waits) == 5_000
    assert len(waits) == 100
    assert max(waits) < 5_000 + BASE_MS

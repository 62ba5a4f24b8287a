"""The worst lag is read between two pages of metrics."""

from loadtest.faults.crowd_rows import BOUNDS_S, LAG, WORK, bound_s


def page(*counts: float) -> dict[str, float]:
    """Turns at or below each bound, as a page of metrics adds them up."""
    filled = [*counts, *[counts[-1]] * (len(BOUNDS_S) - len(counts))]
    return {
        f'{LAG}_bucket{{le="{bound}"}}': count
        for bound, count in zip(BOUNDS_S, filled, strict=True)
    }


def test_the_worst_lag_between_two_pages_is_the_last_bucket_that_grew() -> None:
    before = page(10, 10, 10, 10, 10, 10, 11)  # one of 0.1 s, long ago
    after = page(20, 21, 22, 22, 22, 22, 23)
    assert bound_s(before, after, LAG) == 0.005
    assert bound_s(before, before, LAG) == 0.0
    assert bound_s(before, after, WORK) == 0.0

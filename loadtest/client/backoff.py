"""How long to wait before trying again (pure): full jitter between 300 ms and 15 s."""

BASE_MS = 300
CAP_MS = 15_000
"""A candidate who waits for a save should not have to wait longer than a breath or three."""


def delay_ms(tries: int, draw: float, retry_after_ms: int | None = None) -> int:
    """Milliseconds to wait after `tries` failures (1 for the first).

    `draw` is a random number in [0, 1). Full jitter: evenly between 0 and 300 ms doubled with
    every failure, at most 15 s (Brooker, "Exponential backoff and jitter", AWS 2015). What the
    server asked for in `retry_after_ms` comes first, and the jitter on top of it: a thousand
    clients that were told the same number must not come back in the same millisecond.
    """
    ceiling = min(CAP_MS, BASE_MS * 2 ** min(max(tries - 1, 0), 16))
    return (retry_after_ms or 0) + int(ceiling * draw)

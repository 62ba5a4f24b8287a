"""When a delivery is tried again, and when a webhook is given up (pure)."""

_S, _MIN, _H = 1_000, 60_000, 3_600_000

DELAYS_MS = (
    5 * _S,
    30 * _S,
    2 * _MIN,
    10 * _MIN,
    30 * _MIN,
    1 * _H,
    2 * _H,
    4 * _H,
    8 * _H,
    8 * _H,
)
"""The pauses after the first try, the second, and so on: eleven tries in a day. Standard Webhooks
recommends such a schedule; a receiver that was down over a weekend reads `GET /events`."""
JITTER = 0.1
"""Of each pause, so that what failed together does not come back together."""
AGE_MS_MAX = 27 * _H
"""However few tries there were: after a day, and the jitter, a delivery is given up."""
STOP_AFTER_MS = 20 * _H
"""A webhook is stopped when a delivery is given up and nothing has succeeded for so long: that is,
since about when that delivery was first tried."""


def next_try(tries: int, created_at: int, now: int, chance: float) -> int | None:
    """When to try again after `tries` failures, in ms; None: give it up.

    `chance`, from 0 to 1, spreads the pause evenly over a tenth less and a tenth more.
    """
    if tries > len(DELAYS_MS) or now - created_at >= AGE_MS_MAX:
        return None
    return now + round(DELAYS_MS[tries - 1] * (1 + JITTER * (2 * chance - 1)))


def is_hopeless(failing_since: int | None, now: int) -> bool:
    """Whether a webhook is stopped, now that one of its deliveries is given up."""
    return failing_since is not None and now - failing_since >= STOP_AFTER_MS

"""Runs a module in a process whose clock is off: `python skewed.py SECONDS MODULE [ARGUMENTS]`.

The time of day is shifted, as on a machine that nobody set; what measures durations is not. A
script of its own, so that it stands before all imports of what it runs.
"""

import datetime as dt
import runpy
import sys
import time
from collections.abc import Callable
from typing import Any

ARGUMENTS_MIN = 3


def skew(seconds: float) -> None:
    """Shift `time.time`, `time.time_ns`, and what `datetime` takes for now."""
    real_time, real_time_ns = time.time, time.time_ns
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + round(seconds * 1e9)
    vars(dt)["datetime"] = shifted(dt.datetime, dt.timedelta(seconds=seconds))


def shifted(real: type[dt.datetime], by: dt.timedelta) -> type[dt.datetime]:
    """`datetime` with another now. Values of the real one count as its own."""

    class Meta(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

    def now(tz: dt.tzinfo | None = None) -> dt.datetime:
        return real.now(tz) + by

    def utcnow() -> dt.datetime:
        return real.now(dt.UTC).replace(tzinfo=None) + by

    body: dict[str, Callable[..., Any]] = {
        "now": staticmethod(now),
        "utcnow": staticmethod(utcnow),
    }
    made: Any = Meta("datetime", (real,), body)
    shifted_type: type[dt.datetime] = made
    return shifted_type


def main(arguments: list[str]) -> int:
    """2 if the arguments are wrong; else the module decides."""
    if len(arguments) < ARGUMENTS_MIN:
        print(__doc__, file=sys.stderr)
        return 2
    skew(float(arguments[1]))
    sys.argv = arguments[2:]
    runpy.run_module(arguments[2], run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

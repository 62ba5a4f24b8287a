"""How durations and moments are written on the command line."""

import re
from datetime import UTC, datetime

import click

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Duration(click.ParamType[int]):
    """A duration such as 90s, 45m, 3h, 250ms; a bare number is minutes."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Milliseconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no duration: write 90s, 45m or 3h.", param, ctx)
        return round(float(match[1]) * _UNITS_MS[match[2] or "m"])


class Moment(click.ParamType[int]):
    """A time with its offset from UTC, as 2030-05-01T09:00+05:30 or 2030-05-01T03:30Z."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Milliseconds since 1970 UTC."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value!r} is no time: write 2030-05-01T09:00+05:30.", param, ctx)
        return round(moment.timestamp() * 1_000)


DURATION = Duration()
MOMENT = Moment()


def shown_time(at: int) -> str:
    """A moment in UTC, as `Moment` reads it."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="seconds")


def shown_duration(ms: int) -> str:
    """A duration in the largest unit that fits, as `Duration` reads it: 90m, 45s."""
    for unit in ("h", "m", "s"):
        if ms and ms % _UNITS_MS[unit] == 0:
            return f"{ms // _UNITS_MS[unit]}{unit}"
    return f"{ms}ms"

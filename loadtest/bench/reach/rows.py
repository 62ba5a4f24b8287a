"""The rows of `./dev bench --reach`, by name."""

from collections.abc import Callable

from loadtest.bench.reach.arrivals import joins, storm
from loadtest.bench.reach.bell import bell
from loadtest.bench.reach.flush import flush
from loadtest.bench.reach.growth import growth
from loadtest.bench.reach.http import http_plain, http_read
from loadtest.bench.reach.lastsecond import last_second
from loadtest.bench.reach.memory import idle, memory
from loadtest.bench.reach.monitor import monitor
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run
from loadtest.bench.reach.two import two

Row = Callable[[Run], Measured]
"""One repeat, on servers of its own, which have ended when it returns or raises; progress goes to
`Run.say`. Raises NotServed, OfficeError; Wrong if anything acknowledged was wrong or lost."""

ROWS: dict[str, Row] = {
    "joins": joins,
    "storm": storm,
    "bell": bell,
    "last-second": last_second,
    "growth": growth,
    "memory": memory,
    "idle": idle,
    "monitor": monitor,
    "flush": flush,
    "two": two,
    "http-read": http_read,
    "http-plain": http_plain,
}

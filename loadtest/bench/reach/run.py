"""What a row is given: how many people, where its files lie, and servers of its own."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from loadtest.bench.house import House
from loadtest.bench.processes import Kept
from loadtest.faults.station import read_figures
from loadtest.served import NotServed

FIGURES_WITHIN_S = 30.0


class Server(Struct, frozen=True):
    """One `examsync serve --no-work`, alone on the first core, and the house it stands in."""

    house: House
    process: Kept
    url: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0

    def metrics(self) -> dict[str, float]:
        """Its page of metrics, by name and by name with labels. Raises NotServed."""
        until = time.monotonic() + FIGURES_WITHIN_S
        while time.monotonic() < until:
            if found := read_figures(self.url):
                return found
            self.process.check()
        raise NotServed(f"The server shows no metrics: see {self.process.log}.")


class Run(Struct, frozen=True):
    """The settings of a run. `candidates`: as asked for; None leaves it to the row.

    `program`: the generator, built. `server` and `rest`: the first core, and all others.
    """

    folder: Path
    program: Path
    server: frozenset[int]
    rest: frozenset[int]
    candidates: int | None = None

    def people(self, goal: int) -> int:
        """How many: as asked for, else as many as the goal names."""
        return self.candidates or goal

    def say(self, text: str) -> None:
        """A line of progress."""
        print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)

    def house(self) -> House:
        """Valkey, Postgres and a server for the office work on the other cores; `with` starts it.

        The flusher is `house.flusher()`. Raises NotServed.
        """
        return House(self.folder, self.server, self.rest)

    @contextlib.contextmanager
    def serving(self, house: House, **settings: str) -> Iterator[Server]:
        """A server on the first core; `settings` are its further EXAMSYNC_... variables."""
        url, environment = house.serving(house.redis_url, house.database_url, **settings)
        with house.examsync("examsync", url, environment, house.contestant_cores) as process:
            yield Server(house, process, url)

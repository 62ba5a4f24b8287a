"""What workers have told a master: their figures while they run, everything in the end."""

import threading

import msgspec

from loadtest.swarm.crew import Handed
from loadtest.swarm.rows import Rows

DEAL = "examsync_deal"
GO_HOME = "examsync_go_home"
HANDED = "examsync_handed"
FIGURES = "examsync"
"""The messages between master and workers, and the key in locust's own reports."""


class Collected:
    """One run, by worker. Figures are whole each time: the next report makes up for a lost one."""

    def __init__(self, run: str, workers: list[str]) -> None:
        self._run = run
        self._workers = set(workers)
        self._rows: dict[str, Rows] = {}
        self._handed: dict[str, Handed] = {}
        self._news = threading.Condition()

    def report(self, worker: str, data: bytes) -> None:
        """Figures of a worker until now."""
        with self._news:
            self._rows[worker] = msgspec.json.decode(data, type=Rows)

    def hand_in(self, worker: str, data: bytes) -> None:
        """All that a worker knows; what is of another run is none of ours."""
        handed = msgspec.json.decode(data, type=Handed)
        with self._news:
            if handed.run == self._run:
                self._handed[worker] = handed
                self._news.notify_all()

    def wait(self, within_s: float) -> bool:
        """Until all have handed in; whether they have."""
        with self._news:
            return self._news.wait_for(lambda: not self.missing, within_s)

    @property
    def missing(self) -> list[str]:
        """Who has not handed in."""
        return sorted(self._workers - self._handed.keys())

    @property
    def handed(self) -> list[Handed]:
        """What was handed in. Of a worker that did not, the figures that are known."""
        known = [Handed(self._run, rows=self._rows.get(each, Rows())) for each in self.missing]
        return [*self._handed.values(), *known]

    def rows(self) -> Rows:
        """All figures until now."""
        found = Rows()
        with self._news:
            for rows in self._rows.values():
                found.merge(rows)
        return found

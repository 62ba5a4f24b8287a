"""The users locust spawns: candidates and examiners. What they do is in `sitter` and `watcher`."""

from typing import ClassVar

from locust import User, task

from loadtest.swarm.crew import Crew
from loadtest.swarm.sitter import IDLE_S, Sitter
from loadtest.swarm.watcher import Watcher

CREW = Crew()
"""The users of this process: locust makes users by itself, and here they find each other."""


class Candidate(User):
    """Sits one attempt."""

    _sitter: Sitter | None = None

    def on_start(self) -> None:
        """Take a seat; whoever finds none idles, which is counted."""
        self._sitter = CREW.seat()
        if self._sitter is not None:
            self._sitter.arrive()

    def wait_time(self) -> float:
        """Until the next thing of the script: acts are planned in time, not after one another."""
        return self._sitter.wait_s() if self._sitter is not None else IDLE_S

    @task
    def act(self) -> None:
        """Do what is due."""
        if self._sitter is not None:
            self._sitter.act()

    def on_stop(self) -> None:
        """Go home when everything is acked."""
        sitter, self._sitter = self._sitter, None
        if sitter is not None:
            CREW.left(sitter)


class Examiner(User):
    """Watches the exam, and acts now and then."""

    fixed_count: ClassVar[int] = 1  # type: ignore[misc]
    _watcher: Watcher | None = None

    def on_start(self) -> None:
        """Begin to watch."""
        self._watcher = CREW.examiner()

    def wait_time(self) -> float:
        """Until the next look."""
        return self._watcher.wait_s() if self._watcher is not None else IDLE_S

    @task
    def act(self) -> None:
        """See to the connection, and act when it is time."""
        if self._watcher is not None:
            self._watcher.act()

    def on_stop(self) -> None:
        """Hang up."""
        if self._watcher is not None:
            self._watcher.leave()

"""One examiner who watches one exam: where he is in its feed, and how much he can take (pure).

A watcher whose line is slow is left where he is: what he missed reaches him later in fewer and
merged events, or as a snapshot. One that takes nothing at all is cut.
"""

from collections import deque
from typing import Protocol

from examsync.monitor.history import Halls, Said, version_text
from protocol.from_server import Stats

WAITING_BYTES_MAX = 1_048_576
"""Unsent bytes of one watcher above which nothing more is handed to its line: three chunks."""
STUCK_MS = 20_000
"""A line that takes nothing for so long is cut."""


class Sink(Protocol):
    """The line to an examiner. None of these may block or wait."""

    def send(self, event: str, body: bytes) -> None:
        """Queue an event; `body` is its JSON, the same bytes for many."""
        ...

    def waiting_bytes(self) -> int:
        """How much is queued and not yet with the operating system."""
        ...

    def cut(self) -> None:
        """End the connection: it takes nothing."""
        ...


class Watcher:
    """`position` is how far it has been served, `sent` the version it was last told."""

    __slots__ = (
        "cut",
        "exam",
        "generation",
        "halls",
        "position",
        "sent",
        "sink",
        "snapshot",
        "stats",
        "stuck_since",
        "waiting",
    )

    def __init__(self, exam: str, sink: Sink, halls: Halls) -> None:
        self.exam = exam
        self.sink = sink
        self.halls = halls
        self.generation = ""
        self.position = -1
        self.sent = -1
        self.snapshot: deque[bytes] = deque()
        """Parts of a snapshot that are still to be sent, all of version `sent`."""
        self.stats: Stats | None = None
        """The figures it was last told."""
        self.waiting = 0
        self.stuck_since: int | None = None
        self.cut = False

    @property
    def version(self) -> str:
        """Where it is, as clients are told."""
        return version_text(self.generation, self.sent)

    def resume(self, generation: str, number: int) -> None:
        """It has everything up to this version."""
        self.generation, self.position, self.sent = generation, number, number
        self.snapshot.clear()

    def restart(self, generation: str, number: int, parts: list[bytes]) -> None:
        """It is to get these parts, and then what came after `number`."""
        self.resume(generation, number)
        self.snapshot.extend(parts)

    def ready(self, now: int) -> bool:
        """Whether its line takes more. `cut` is set when it has taken nothing for too long."""
        waiting = self.sink.waiting_bytes()
        if waiting <= WAITING_BYTES_MAX:
            self.stuck_since = None
        elif self.stuck_since is None or waiting < self.waiting:
            self.stuck_since = now
        elif now - self.stuck_since >= STUCK_MS:
            self.cut = True
        self.waiting = waiting
        return self.stuck_since is None

    def send_part(self) -> None:
        """Hand over the next part of the snapshot."""
        self.sink.send("roster", self.snapshot.popleft())

    def send(self, said: Said) -> None:
        """Hand over an event."""
        self.sink.send(said.event, said.body)
        self.sent = said.version

    def behind(self, generation: str, head: int) -> bool:
        """Whether there is something to send or to look through."""
        return bool(self.snapshot) or (self.generation, self.position) != (generation, head)

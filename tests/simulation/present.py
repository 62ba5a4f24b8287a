"""Who is present at a worker's door: told to its monitor as `edge.sockets.seats` does."""

from examsync.attempts.attempt import Attempt
from examsync.attempts.joining import lease_ms
from examsync.attempts.service import Attempts
from examsync.monitor.presence import Presence
from tests.simulation.network import Link


class Present:
    """The connections of one worker that have joined; `presence` is None where nobody watches."""

    def __init__(self, attempts: Attempts, presence: Presence | None) -> None:
        self._attempts = attempts
        self._presence = presence
        self._opened_at: dict[Link, int] = {}

    def opened(self, link: Link, now: int) -> None:
        """The first message of a connection has come."""
        self._opened_at.setdefault(link, now)

    def sits(self, link: Link, attempt: Attempt) -> None:
        """A connection has joined, with the lease or without."""
        if self._presence is not None and self.writes(link, attempt.id):
            seat, leased_at = attempt.seat, lease_ms(attempt.core.lease)
            self._presence.connected(
                attempt.id, seat.exam, self._opened_at[link], seat.hall, leased_at
            )

    def writes(self, link: Link, attempt_id: str) -> bool:
        """Whether this is the device that writes: another must not hide that it is away."""
        attempt = self._attempts.confirmed(attempt_id)
        return attempt is None or attempt.core.instance == link.instance

    def seen(self, link: Link, attempt_id: str, now: int) -> None:
        """A frame has come."""
        if self._presence is not None and self.writes(link, attempt_id):
            self._presence.seen(attempt_id, now, pending=0)

    def left(self, link: Link, attempt_id: str) -> None:
        """A connection is gone."""
        opened_at = self._opened_at.pop(link, None)
        if self._presence is not None and opened_at is not None:
            self._presence.gone(attempt_id, opened_at)

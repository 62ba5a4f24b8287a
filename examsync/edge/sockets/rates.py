"""How fast clients may go: each connection, and whoever speaks on it over all connections."""

from examsync.access.limit import Limits as Buckets
from examsync.access.limit import Rate
from examsync.edge.sockets import line
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError
from examsync.settings import Limits
from protocol.problems import Code

SUBJECTS_MAX = 50_000
"""Subjects whose rate is remembered: about 10 MB."""


class Rates:
    """Asked for every event, before it is read."""

    def __init__(self, limits: Limits) -> None:
        rate = Rate(limits.candidate_per_s, limits.candidate_burst)
        self._subjects: Buckets[str] = Buckets(rate, SUBJECTS_MAX)

    def subjects(self) -> int:
        """How many subjects' rates are remembered."""
        return len(self._subjects)

    def charge(self, session: Session, arrived: int, cost: int) -> None:
        """Take from the buckets of the connection and of who speaks: connecting anew helps nobody.

        Raises ExamError RATE_LIMITED; cuts a client that goes on all the same.
        """
        wait_ms = session.bucket.take(arrived, cost)
        wait_ms = wait_ms or self._subjects.take(session.identity.subject, arrived, cost)
        if not wait_ms:
            return
        if session.strikes.take(arrived):
            session.wire.cut(line.POLICY_VIOLATION, "it does not slow down")
        raise ExamError(Code.RATE_LIMITED, retry_after_ms=wait_ms)

"""What a crowd of clients says it was promised: its own record, for reconciling. JSON on disk."""

from msgspec import Struct

from protocol.paper import Response


class AckedAnswer(Struct, frozen=True):
    """The newest answer to an item that was acknowledged as saved and counted."""

    lease: str
    seq: int
    response: Response
    late: bool = False


class CandidateReport(Struct, frozen=True, omit_defaults=True):
    """One candidate's record. `acked` counts every ack of an answer, `answers` are the newest.

    `unacked` items were still in the outbox when the client ended: nothing was promised for them.
    `refused` names items whose answers were refused for good, by problem code.
    """

    candidate: str
    attempt: str
    answers: dict[str, AckedAnswer] = {}
    acked: int = 0
    submitted: bool = False
    resumed: int = 0
    unacked: list[str] = []
    refused: dict[str, str] = {}
    violations: list[str] = []


class Report(Struct, frozen=True, omit_defaults=True):
    """Everybody's record, and what the examiner saw."""

    exam: str
    candidates: list[CandidateReport]
    monitor_deltas: int = 0
    monitor_gaps: int = 0
    problems: dict[str, int] = {}

    @property
    def resumed(self) -> int:
        """How often candidates came back after a connection was lost."""
        return sum(candidate.resumed for candidate in self.candidates)

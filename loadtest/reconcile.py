"""What clients were promised against what Postgres holds (pure)."""

from collections.abc import Iterable

from msgspec import Struct

from loadtest.report import AckedAnswer, Report
from protocol.http import ExportedAttempt, ExportedResponse


class Finding(Struct, frozen=True):
    """One broken promise: `missing`, `older` than what was acked, or `different` at its version."""

    candidate: str
    item: str
    what: str
    acked: AckedAnswer
    held: ExportedResponse | None


class Reconciled(Struct, frozen=True):
    """`acked`: acks of answers in all; `checked`: items compared; `findings` are losses."""

    acked: int
    checked: int
    findings: list[Finding]

    @property
    def lost(self) -> int:
        """How many acknowledged answers are not what stands, nor older than it."""
        return len(self.findings)


def reconcile(report: Report, exported: Iterable[ExportedAttempt]) -> Reconciled:
    """Compare every newest acked answer with what stands.

    A newer version than the acked one is no loss: it was sent, and its ack did not arrive.
    """
    held = {attempt.candidate: attempt.responses for attempt in exported}
    findings = []
    checked = 0
    for candidate in report.candidates:
        responses = held.get(candidate.candidate, {})
        for item, acked in candidate.answers.items():
            checked += 1
            what = compare(acked, responses.get(item))
            if what:
                findings.append(
                    Finding(candidate.candidate, item, what, acked, responses.get(item))
                )
    return Reconciled(sum(c.acked for c in report.candidates), checked, findings)


def compare(acked: AckedAnswer, stands: ExportedResponse | None) -> str:
    """What is wrong with what stands, given what was acknowledged; "" for nothing."""
    if stands is None:
        return "missing"
    if (stands.lease, stands.seq) < (acked.lease, acked.seq):
        return "older"
    if (stands.lease, stands.seq) == (acked.lease, acked.seq) and (
        stands.response != acked.response
    ):
        return "different"
    return ""

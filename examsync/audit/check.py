"""What is wrong with one attempt of an archive, or of the database (pure): its facts, what came of
them, the anchors outside, and its result."""

import msgspec

from examsync.attempts.core import Core
from examsync.attempts.verify import Finding, Verdict, verify
from examsync.audit.anchor import Anchored
from examsync.audit.archive import Head, Kept
from examsync.results.result import compute
from protocol.types import Grading

SETTLED = frozenset({Grading.GRADED, Grading.RELEASED})
"""The result is of what stands. While marks are pending it is if no fact has come since; while a
regrade is proposed, a person has to decide whether what has changed counts."""


def check(key: bytes, head: Head, kept: Kept, anchored: Anchored | None = None) -> Verdict:
    """Everything wrong with one attempt. `key` is that of the chain."""
    verdict = verify(key, kept.evidence)
    findings = list(verdict.findings)
    if anchored is not None:
        findings += anchored.findings(kept.evidence)
    if not findings:  # of a broken chain nobody can say what marks it should have led to
        findings += result_findings(head, kept)
    return Verdict(verdict.facts, findings, verdict.branches, verdict.erasures)


def result_findings(head: Head, kept: Kept) -> list[Finding]:
    """Whether the marks are what the answers give under the paper's key, the rulings that the
    result heeds, and marks by hand."""
    proof, evidence = kept.proof, kept.evidence
    result = proof.result
    core = msgspec.json.decode(evidence.core, type=Core)
    if core.erased:
        return _left(core, kept)
    if result is None:
        missing = Finding(evidence.attempt, 0, "it is graded, but its result is missing")
        return [missing] if proof.grading in SETTLED else []
    fresh = proof.grading is Grading.PENDING and result.n == evidence.n
    if proof.grading not in SETTLED and not fresh:
        return []
    what = f"result {result.close}.{result.revision}"
    rulings = head.rulings.get(result.ruling)
    if rulings is None:
        return [Finding(evidence.attempt, 0, f"{what} heeds ruling {result.ruling}: there is none")]
    responses = {item: held.response for item, held in evidence.responses.items()}
    try:
        marks = compute(head.paper, responses, proof.hands, rulings)
    except ValueError as error:
        return [Finding(evidence.attempt, 0, f"{what} cannot be computed: {error}")]
    if marks == result.marks:
        return []
    said, due = result.marks.whole.total, marks.whole.total
    differ = [
        mark.item
        for mark, right in zip(result.marks.items, marks.items, strict=False)
        if mark != right
    ]
    where = f" ({', '.join(differ)})" if differ else ""
    text = f"{what} says {said}, but the answers give {due}{where}"
    return [Finding(evidence.attempt, 0, text)]


def _left(core: Core, kept: Kept) -> list[Finding]:
    """Whether the total is the one that the record of the erasure names: the answers are gone."""
    result = kept.proof.result
    said = ""
    if result is not None:
        said = f"{result.close}.{result.revision}={result.marks.whole.total}"
    if said == core.mark:
        return []
    text = f"the result is {said or 'missing'}, but {core.mark or 'none'} was to be left"
    return [Finding(kept.evidence.attempt, 0, text)]

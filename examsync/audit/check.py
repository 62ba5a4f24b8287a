"""What is wrong with one attempt of an archive, or of the database (pure): its facts, what came of
them, the anchors outside, and its result."""

import msgspec

from examsync.attempts.attempt import Attempt, Seat, apply
from examsync.attempts.core import Core
from examsync.attempts.verify import Evidence, Finding, Verdict, verify
from examsync.audit.anchor import Anchored
from examsync.audit.archive import Head, Kept
from examsync.results.result import compute
from examsync.results.row import Graded
from protocol.facts import Fact
from protocol.types import Grading

_fact = msgspec.json.Decoder(Fact).decode

SETTLED = frozenset({Grading.GRADED, Grading.RELEASED})
"""The result is of what stands. While marks are pending, or a regrade is proposed, answers may have
come since: then it is of the first facts, as many as it says."""


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
    core = msgspec.json.decode(evidence.core, type=Core)
    if core.erased:
        return _left(core, kept)
    if proof.result is None:
        missing = "it is graded, but its result is missing"
        wrong = missing if proof.grading in SETTLED else ""
    else:
        wrong = _wrong(head, kept, proof.result)
    return [Finding(evidence.attempt, 0, wrong)] if wrong else []


def _wrong(head: Head, kept: Kept, result: Graded) -> str:
    """What is wrong with a result; "" if nothing is."""
    proof, evidence = kept.proof, kept.evidence
    what = f"result {result.close}.{result.revision}"
    if result.n > evidence.n:
        return f"{what} is of {result.n} facts, but there are {evidence.n}"
    of = evidence.n if proof.grading in SETTLED else result.n
    graded = as_of(evidence, of)
    if graded.core.closes < result.close:
        return f"{what} is of the first {of} facts, which have not closed the attempt so often"
    rulings = head.rulings.get(result.ruling)
    if rulings is None:
        return f"{what} heeds ruling {result.ruling}: there is none"
    responses = {item: held.response for item, held in graded.responses.items()}
    try:
        marks = compute(head.paper, responses, proof.hands, rulings)
    except ValueError as error:
        return f"{what} cannot be computed: {error}"
    if marks == result.marks:
        return ""
    said, due = result.marks.whole.total, marks.whole.total
    both = zip(result.marks.items, marks.items, strict=False)
    differ = [mark.item for mark, right in both if mark != right]
    where = f" ({', '.join(differ)})" if differ else ""
    return f"{what} says {said}, but the answers give {due}{where}"


def as_of(evidence: Evidence, n: int) -> Attempt:
    """What the first `n` facts make of an attempt. Its chain has been found whole."""
    attempt = Attempt(evidence.attempt, Seat("", ""), 0, 0, "", Core(), {}, {})
    facts = [_fact(stored.text) for stored in evidence.facts if not stored.branch]
    for fact in sorted(facts, key=lambda fact: fact.n):
        if fact.n <= n:
            attempt = apply(attempt, fact)
    return attempt


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

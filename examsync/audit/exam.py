"""What is wrong with the facts of an exam as a whole (pure): their chain, the anchors outside."""

import msgspec

from examsync.attempts.verify import Finding
from examsync.audit.anchor import Anchored, Mark
from examsync.audit.archive import Head
from examsync.exams import chain
from examsync.exams.chain import Written
from protocol.facts import ExamFact

_fact = msgspec.json.Decoder(ExamFact).decode


def look(key: bytes, head: Head, anchored: Anchored) -> list[Finding]:
    """Everything wrong with them. `key`: of exams' chains."""
    wrong = [Finding(head.exam, n, what) for n, what in chain.faults(key, head.exam, head.facts)]
    return wrong + anchored.compared(head.exam, hashes(head.facts))


def mark(exam: str, rows: list[Written]) -> list[Mark]:
    """What an anchor says of them: where the chain ends, if it has begun."""
    ends = max(hashes(rows).items(), default=None)
    return [Mark(exam, *ends)] if ends is not None else []


def hashes(rows: list[Written]) -> dict[int, str]:
    """Each fact's hash by its number, as far as they can be read."""
    found = {}
    for row in rows:
        try:
            found[row.n] = _fact(row.text).hash
        except msgspec.MsgspecError:
            continue
    return found

"""Archives, anchors and verification of whole exams. The command line calls it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Protocol

from msgspec import Struct

from examsync.attempts.verify import Evidence, Finding
from examsync.audit import anchor, archive
from examsync.audit import exam as whole
from examsync.audit.anchor import Anchor, Anchored, Mark
from examsync.audit.archive import Head, Kept
from examsync.audit.check import check
from examsync.errors import ExamError
from examsync.exams.chain import Written
from examsync.results.row import Proof
from examsync.results.service.proving import Proving
from protocol.problems import Code

PAGE = 500


class AuditKeys(Struct, frozen=True):
    """Of attempts' and exams' chains, of archives, and of anchors; all derived from the
    installation's secret."""

    chain: bytes
    exams: bytes
    archive: bytes
    anchor: bytes


class Examined(Struct):
    """What was looked at, what is wrong, which facts stand aside of the chain, who erased what."""

    attempts: int = 0
    facts: int = 0
    findings: list[Finding] = []
    branches: list[Finding] = []
    erasures: list[Finding] = []


class Evidences(Protocol):
    """Where the facts are: `attempts.records` has them."""

    async def exams(self, exam: str | None) -> list[str]:
        """The exams that have attempts; this one alone if it is named."""

    async def ids_from(self, exam: str | None, after: str, limit: int) -> list[str]:
        """A page of attempts, by id."""

    async def evidence(self, id_: str) -> Evidence | None:
        """All there is of an attempt, as of one moment."""

    async def heads(self, exam: str) -> list[tuple[str, int, str, int]]:
        """(attempt, n, hash, time) of each chain's last fact."""


ReadWritten = Callable[[str], Awaitable[list[Written]]]
"""The facts of an exam as a whole, as they are kept. Raises Unavailable."""


class Audit:
    """What was kept, proven."""

    def __init__(
        self, evidences: Evidences, written: ReadWritten, proving: Proving, keys: AuditKeys
    ) -> None:
        self._evidences = evidences
        self._written = written
        self._proving = proving
        self._keys = keys

    async def archive(self, exam: str) -> AsyncIterator[bytes]:
        """The lines of an exam's archive. Raises ExamError NOT_FOUND, Unavailable."""
        head = await self._head(exam)
        async for line in archive.lines(self._keys.archive, head, self._kept(exam)):
            yield line

    async def anchor(self, exam: str) -> bytes:
        """One line: how far each chain has come. Raises ExamError NOT_FOUND, Unavailable."""
        heads = await self._evidences.heads(exam)
        if not heads:
            raise ExamError(Code.NOT_FOUND, f"{exam} has no facts to anchor")
        marks = [Mark(id_, n, hash_) for id_, n, hash_, _ in heads]
        marks += whole.mark(exam, await self._written(exam))
        return anchor.signed(self._keys.anchor, exam, heads[0][3], marks)

    async def examine(self, exam: str | None, anchors: list[Anchor]) -> Examined:
        """Look at every attempt in the database, of one exam or of all.

        Raises ExamError NOT_FOUND if the exam has none; Unavailable.
        """
        said = Examined()
        exams = await self._evidences.exams(exam)
        for each in exams:
            head = await self._head(each)
            anchored = Anchored(a for a in anchors if a.exam == each)
            async for kept in self._kept(each):
                look(said, self._keys.chain, head, kept, anchored)
            said.findings += whole.look(self._keys.exams, head, anchored)
            said.findings += anchored.missing()
        said.findings += _gone(anchors, exams, exam)
        if exam is not None and not exams and not said.findings:
            raise ExamError(Code.NOT_FOUND, f"no attempt of {exam} is in this database")
        return said

    async def _head(self, exam: str) -> Head:
        paper, rulings = await self._proving.terms(exam)
        return Head(exam, paper, rulings, facts=await self._written(exam))

    async def _kept(self, exam: str) -> AsyncIterator[Kept]:
        """Every attempt, each as of one moment, but for its result: that may be a little newer."""
        after = ""
        while ids := await self._evidences.ids_from(exam, after, PAGE):
            for id_ in ids:
                evidence = await self._evidences.evidence(id_)
                proof = await self._proving.proof(id_)
                if evidence is not None and ahead(proof, evidence):  # graded just now
                    evidence = await self._evidences.evidence(id_)
                if evidence is not None and proof is not None:  # or it left the roll just now
                    yield Kept(proof, evidence)
            after = ids[-1]


def examine_archive(keys: AuditKeys, lines: Iterable[bytes], anchors: list[Anchor]) -> Examined:
    """Look at every attempt of an archive; no database is asked. Raises BadArchive."""
    said, head, anchored = Examined(), None, Anchored([])
    for line in archive.read(keys.archive, lines):
        if isinstance(line, Head):
            head = line
            anchored = Anchored(a for a in anchors if a.exam == line.exam)
            said.findings += whole.look(keys.exams, head, anchored)
        elif head is not None:
            look(said, keys.chain, head, line, anchored)
    said.findings += anchored.missing()
    return said


def look(said: Examined, key: bytes, head: Head, kept: Kept, anchored: Anchored) -> None:
    """Look at one attempt, and note what was found."""
    verdict = check(key, head, kept, anchored)
    said.attempts += 1
    said.facts += verdict.facts
    said.findings += verdict.findings
    said.branches += verdict.branches
    said.erasures += verdict.erasures


def ahead(proof: Proof | None, evidence: Evidence) -> bool:
    """Whether the result is of facts that are not in the evidence."""
    return proof is not None and proof.result is not None and proof.result.n > evidence.n


def _gone(anchors: list[Anchor], exams: list[str], exam: str | None) -> list[Finding]:
    """Anchored attempts of exams that nothing is left of."""
    left = [a for a in anchors if a.exam not in exams and exam in (None, a.exam)]
    return Anchored(left).missing()

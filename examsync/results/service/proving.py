"""What the audit asks of results: enough to compute each of them anew."""

from examsync.bank import service as bank
from examsync.bank.paper import Paper
from examsync.errors import ExamError
from examsync.grading.ruling import Ruling
from examsync.infra.postgres import Pool, transaction
from examsync.results import proving, store
from examsync.results.row import Proof
from protocol.problems import Code


class Proving:
    """Reads, and changes nothing."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def terms(self, exam: str) -> tuple[Paper, dict[int, dict[str, Ruling]]]:
        """The paper of an exam, and what had been decided by each ruling that a result heeds.

        Raises ExamError NOT_FOUND, Unavailable.
        """
        async with transaction(self._pool) as connection:
            paper_id = await store.fetch_exam_paper(connection, exam)
            if paper_id is None:
                raise ExamError(Code.NOT_FOUND, f"there is no exam {exam}")
            paper = await bank.load_paper(connection, paper_id)
            return paper, await proving.fetch_heeded(connection, exam)

    async def proof(self, attempt: str) -> Proof | None:
        """Of an attempt; None if it is not there (any more). Raises Unavailable."""
        async with transaction(self._pool) as connection:
            return await proving.fetch_proof(connection, attempt)

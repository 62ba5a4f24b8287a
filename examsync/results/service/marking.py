"""Marks that people give: for essays, and where the machine was wrong about an answer."""

from msgspec import Struct

from examsync.bank import marks as exact_marks
from examsync.bank.paper import Item
from examsync.errors import ExamError
from examsync.grading.grade import blank
from examsync.grading.score import check_given
from examsync.results import store
from examsync.results.decision import check_markable
from examsync.results.result import Hand, Result, fingerprint
from examsync.results.service.grading import Grader, item_of
from protocol.paper import Response
from protocol.problems import Code

TO_MARK_MAX = 200


class Waiting(Struct, frozen=True):
    """A response that a person has to mark, and the item it answers, with its guidance."""

    attempt: str
    item: Item
    response: Response


class Marking:
    """What markers do."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader

    async def waiting(self, exam: str, limit: int = TO_MARK_MAX) -> list[Waiting]:
        """Responses that wait for a person, the longest waiting first; at most 200.

        Raises ExamError NOT_FOUND; Unavailable.
        """
        async with store.transaction(self._grader.pool) as connection:
            paper = await self._grader.paper_of(connection, exam)
            found = await store.fetch_to_mark(connection, exam, min(limit, TO_MARK_MAX))
        items = {item.id: item for item in paper.items()}
        return [Waiting(one.attempt, items[one.item], one.response) for one in found]

    async def mark(
        self, attempt: str, item_id: str, marks: str, *, by: str, note: str = ""
    ) -> Result:
        """Give marks ("7", "2.5", "-1/3") for what a closed attempt answered to an item.

        They stand above the machine's as long as the response stays what it is. Returns the new
        result; the attempt is graded once nothing waits. Raises ExamError NOT_FOUND,
        ATTEMPT_OPEN, CONFLICT (a regrade is proposed), UNKNOWN_ITEM, BAD_REQUEST (marks unclear or
        beyond what the item brings, or nothing was answered); Unavailable.
        """
        grader = self._grader
        async with store.transaction(grader.pool) as connection:
            before = await grader.locked(connection, attempt)
            check_markable(before)
            item = item_of(await grader.paper(connection, before.paper), item_id)
            response = (await store.fetch_responses(connection, [attempt]))[attempt].get(item_id)
            if blank(response):
                detail = f"{item_id} was not answered: there is nothing to mark"
                raise ExamError(Code.BAD_REQUEST, detail)
            hand = Hand(marks_for(item, marks), fingerprint(response))
            at = grader.now()
            await store.insert_hand(connection, attempt, item_id, hand, note=note, by=by, at=at)
            reason = f"{item_id} marked by hand"
            return await grader.again(connection, before, by=by, reason=reason)


def marks_for(item: Item, text: str) -> str:
    """The exact text of marks that this item can bring. Raises ExamError BAD_REQUEST."""
    try:
        parsed = exact_marks.parse_penalty(text)
        given = -parsed if text.lstrip().startswith(("-", "−")) else parsed
        check_given(item, given)
    except ValueError as error:
        raise ExamError(Code.BAD_REQUEST, str(error)) from error
    return exact_marks.exact(given)

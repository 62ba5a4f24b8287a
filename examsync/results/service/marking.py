"""Marks that people give: for essays, and where the machine was wrong about an answer."""

from collections.abc import Collection

from msgspec import Struct

from examsync.bank import marks as exact_marks
from examsync.bank.paper import Item
from examsync.errors import ExamError
from examsync.grading.grade import blank
from examsync.grading.score import check_given
from examsync.infra.postgres import transaction
from examsync.results import store
from examsync.results.decision import check_markable
from examsync.results.result import Hand, Result, fingerprint
from examsync.results.row import Place, ToMark
from examsync.results.scope import EVERYTHING, Scope
from examsync.results.service.grading import Grader, item_of
from protocol.paper import Response
from protocol.problems import Code

TO_MARK_MAX = 200


START: Place = (-1, "", "")
"""Before the first response that waits."""


class Waiting(Struct, frozen=True):
    """A response that a person has to mark, and the item it answers, with its guidance.

    `fingerprint` ties marks to the response that was read; `since` is when the attempt closed, ms.
    """

    attempt: str
    item: Item
    response: Response
    fingerprint: str
    since: int
    candidate: str
    name: str

    @property
    def place(self) -> Place:
        """Where in the queue this is: what comes next is after it."""
        return (self.since, self.attempt, self.item.id)


class Queue(Struct, frozen=True):
    """A part of what waits, and how much waits in all."""

    waiting: list[Waiting]
    total: int


class Marking:
    """What markers do."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader

    async def waiting(
        self,
        exam: str,
        limit: int = TO_MARK_MAX,
        *,
        halls: Collection[str] = (),
        item: str | None = None,
        after: Place = START,
    ) -> Queue:
        """Responses that wait for a person, the longest waiting first; at most 200.

        `halls` empty: of every hall. Raises ExamError NOT_FOUND; Unavailable.
        """
        async with transaction(self._grader.pool) as connection:
            paper = await self._grader.paper_of(connection, exam)
            limit = min(limit, TO_MARK_MAX)
            found = await store.fetch_to_mark(
                connection, exam, halls, item, after=after, limit=limit
            )
            total = await store.count_to_mark(connection, exam, halls, item)
        items = {one.id: one for one in paper.items()}
        return Queue([_waiting(one, items[one.item]) for one in found], total)

    async def mark(
        self,
        attempt: str,
        item_id: str,
        marks: str,
        *,
        by: str,
        note: str = "",
        read: str | None = None,
        scope: Scope = EVERYTHING,
    ) -> Result:
        """Give marks ("7", "2.5", "-1/3") for what a closed attempt answered to an item.

        They stand above the machine's as long as the response stays what it is; `read` is the
        fingerprint of the response that was read. Returns the new result; the attempt is graded
        once nothing waits. Raises ExamError NOT_FOUND, ATTEMPT_OPEN, CONFLICT (a regrade is
        proposed, or another response was read), UNKNOWN_ITEM, BAD_REQUEST (marks unclear or beyond
        what the item brings, or nothing was answered); Unavailable.
        """
        grader = self._grader
        async with transaction(grader.pool) as connection:
            before = await grader.locked(connection, attempt, scope)
            check_markable(before)
            item = item_of(await grader.paper(connection, before.paper), item_id)
            response = (await store.fetch_responses(connection, [attempt]))[attempt].get(item_id)
            hand = hand_for(item, response, marks, read)
            at = grader.now()
            await store.insert_hand(connection, attempt, item_id, hand, note=note, by=by, at=at)
            reason = f"{item_id} marked by hand"
            return await grader.again(connection, before, by=by, reason=reason)


def _waiting(found: ToMark, item: Item) -> Waiting:
    return Waiting(
        found.attempt,
        item,
        found.response,
        fingerprint(found.response),
        found.closed_at,
        found.candidate,
        found.name,
    )


def hand_for(item: Item, response: Response, marks: str, read: str | None) -> Hand:
    """Marks given for a response. Raises ExamError BAD_REQUEST, CONFLICT."""
    if blank(response):
        raise ExamError(Code.BAD_REQUEST, f"{item.id} was not answered: there is nothing to mark")
    present = fingerprint(response)
    if read not in (None, present):
        detail = f"the response to {item.id} has changed since it was read: read it again"
        raise ExamError(Code.CONFLICT, detail)
    return Hand(marks_for(item, marks), present)


def marks_for(item: Item, text: str) -> str:
    """The exact text of marks that this item can bring. Raises ExamError BAD_REQUEST."""
    try:
        parsed = exact_marks.parse_penalty(text)
        given = -parsed if text.lstrip().startswith(("-", "−")) else parsed
        check_given(item, given)
    except ValueError as error:
        raise ExamError(Code.BAD_REQUEST, str(error)) from error
    return exact_marks.exact(given)

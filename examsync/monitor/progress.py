"""The attempt's part of a row: what its facts say, as examiners want to see it (pure).

Built from an attempt in memory, or from what Postgres knows of one: then its responses are not
read, and `tally` comes from a count.
"""

from examsync.attempts import acting, timing
from examsync.attempts.attempt import Attempt, Responses, Tally, tally
from examsync.exams.exam import Exam
from protocol.from_server import Row
from protocol.types import AttemptState, Grading

__all__ = ["Tally", "can", "counted", "deadline_shown", "row", "tally"]


def counted(attempt: Attempt) -> Tally:
    """The tally of an attempt's responses. Those that were answered here know it themselves."""
    responses = attempt.responses
    return responses.tally if isinstance(responses, Responses) else tally(responses.values())


def row(
    attempt: Attempt,
    exam: Exam,
    total: int,
    counts: Tally | None = None,
    grading: Grading | None = None,
) -> Row:
    """The row of an attempt in an exam whose paper has `total` items.

    `counts` stands in for responses that were not read. `grading` is what Postgres says; without
    it, a closed attempt is taken to wait for its marks, which the flush soon confirms or corrects.
    """
    core, seat = attempt.core, attempt.seat
    count = counted(attempt) if counts is None else counts
    return Row(
        attempt=attempt.id,
        candidate=seat.candidate,
        name=seat.name,
        rev=attempt.rev,
        state=core.state,
        answered=count.answered,
        total=total,
        hall=seat.hall,
        group=seat.group,
        started_at=core.started_at,
        deadline=deadline_shown(attempt, exam),
        paused_since=None if core.closed else timing.paused_since(core, exam),
        closed_at=core.closed_at,
        saved_at=count.saved_at,
        durable=attempt.durable if attempt.durable > (0, 0) else None,
        violations=core.violations,
        flagged=count.flagged,
        late=count.late,
        kept=core.kept,
        hand=core.hand,
        takeover_waiting=bool(core.waiting),
        grading=grading if grading is not None else _grading_expected(attempt),
        can=can(attempt, exam),
    )


def deadline_shown(attempt: Attempt, exam: Exam) -> int | None:
    """The deadline as a row tells it: no reading of a clock is in it.

    While the clock of the attempt stands, it is the deadline as of `paused_since`, so what is left
    is `deadline - paused_since` for as long as the pause lasts. A closed attempt has none.
    """
    core = attempt.core
    if core.closed:
        return None
    since = timing.paused_since(core, exam)
    if since is None:
        return timing.deadline(attempt, exam, 0)
    # Read after every pause that came and went meanwhile, or it would count beside the open one.
    ends = (end for _, end in (*core.pauses, *exam.pauses) if end is not None)
    settled = max([since, *ends])
    deadline = timing.deadline(attempt, exam, settled)
    return None if deadline is None else deadline - (settled - since)


def can(attempt: Attempt, exam: Exam) -> dict[str, str]:
    """Of every act on an attempt: "" if it is possible now, else why not."""
    del exam  # what is done to it as a whole bars no act on an attempt
    return acting.possible(acting.situation(attempt.core))


def _grading_expected(attempt: Attempt) -> Grading:
    graded = attempt.core.closed and attempt.core.state is not AttemptState.ABSENT
    return Grading.PENDING if graded else Grading.NONE

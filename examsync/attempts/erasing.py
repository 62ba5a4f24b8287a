"""That what is personal in an attempt is erased (pure): when that may be, and what the record says.

The record is a fact like any other. What it speaks of is taken out of storage afterwards, by
`audit`; should that not come to its end, the attempt takes nothing in any more, and `verify` tells.
"""

from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Context, Decision, effect
from examsync.errors import ExamError
from protocol.erasure import Erased
from protocol.problems import Code

ANSWERS, PERSON = "answers", "person"
"""How much: all that was said and answered; or that, the mark, and who it was."""


class Erase(Struct, frozen=True):
    """To erase. `mark`: what stands of its results, "close.revision=total"; "" for nothing."""

    id: str
    scope: str
    reason: str
    mark: str = ""


def decide(attempt: Attempt, erase: Erase, ctx: Context) -> Decision:
    """The record of an erasure; none where this attempt has it already.

    Raises ExamError: ATTEMPT_OPEN, CONFLICT (facts without a salt, or not in Postgres yet).
    """
    core = attempt.core
    mark = "" if erase.scope == PERSON else erase.mark
    if core.erased == PERSON or (core.erased == erase.scope and core.mark == mark):
        return Decision("erase", erase.id)
    if not core.closed or core.closed_at is None:
        raise ExamError(Code.ATTEMPT_OPEN, core.told)
    if not attempt.salt and not core.erased:
        raise ExamError(Code.CONFLICT, "its facts are of before they could be erased")
    if attempt.durable != attempt.rev and not core.erased:
        raise ExamError(Code.CONFLICT, "its newest facts are not in Postgres yet: wait a moment")
    body = Erased(
        erase.id,
        erase.scope,
        erase.reason,
        str(core.state),
        core.closed_at,
        core.closes,
        core.started_at,
        core.order,
        mark,
    )
    return Decision("erase", erase.id, effect(at=ctx.arrived, scope=erase.scope), body=body)

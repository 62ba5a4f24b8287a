"""What a rule is handed, and what it hands back (pure). Shared by the rules beside.

A rule looks at one attempt and one command and returns a `Decision`: the fact to write (or none)
and the effect that the receipt will cover. It raises `ExamError` to refuse. It sends nothing.
"""

from typing import Any

import msgspec
from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.errors import ExamError
from protocol.facts import Body
from protocol.problems import Code


class Context(Struct, frozen=True, gc=False):
    """What a rule may know besides the attempt, the exam and the command.

    `arrived`: when the command reached the door (ms). `lease`: what the connection holds.
    `tail`: randomness for a lease. `proof`: the effect that a verified receipt proves.
    """

    arrived: int
    by: str
    instance: str = ""
    lease: str = ""
    tail: str = ""
    proof: str | None = None


class Decision(Struct, frozen=True, gc=False):
    """What is to happen. Without `body` nothing is written and the reply only confirms.

    `kind` and `key` name the command in its receipt; `effect` is the JSON the receipt covers.
    `refusal` is a problem to answer with although something was written (kept answers, waiting).
    `late`, `superseded`, `counted`: of answers, as their ack says it.
    """

    kind: str
    key: str
    effect: str = ""
    body: Body | None = None
    refusal: Code | None = None
    detail: str = ""
    superseded: bool = False
    counted: bool = True
    late: bool = False


def check_erased(attempt: Attempt) -> None:
    """Raise ATTEMPT_CLOSED for an attempt whose data was erased: nothing comes back into it."""
    if attempt.core.erased:
        raise ExamError(Code.ATTEMPT_CLOSED, attempt.core.told)


def effect(**terms: Any) -> str:
    """The canonical JSON of an effect: what a receipt says was done."""
    return msgspec.json.encode(terms, order="sorted").decode()

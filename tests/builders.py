"""Small makers of exams, attempts, facts and commands, shared by tests of the answer path.

Everything happens around `T0`, the moment the exam opens. An attempt is what its facts make of it:
`told(attempt(), Started(...), ...)`, so no test can build a state that no history leads to.
"""

import itertools
from typing import Any

from msgspec import structs

from examsync.attempts import seal
from examsync.attempts.answering import answer_effect
from examsync.attempts.attempt import Attempt, Seat, apply, held
from examsync.attempts.core import Core
from examsync.attempts.decision import Context, Decision
from examsync.attempts.identity import attempt_id
from examsync.attempts.ports import Life
from examsync.attempts.seal import Keys
from examsync.bank.paper import public_paper
from examsync.exams.exam import Exam, Terms
from protocol.facts import (
    Absent,
    AnswerKept,
    AnswerSaved,
    Body,
    Expired,
    Fact,
    LeaseGranted,
    Paused,
    Reopened,
    Resumed,
    Started,
    Submitted,
    Terminated,
)
from protocol.from_client import Answer
from protocol.paper import Item, Response
from protocol.types import AttemptState
from tests.papers import ids, paper, single

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
T0 = 1_800_000_000_000
"""When the exam opens."""
START = T0 + 5 * MINUTE
"""When candidates of these tests start."""
DURATION = 30 * MINUTE
DEADLINE = START + DURATION
GRACE = 5 * SECOND
LEASE = f"{T0:013d}-aa"
"""What the usual device holds; `LATER` would be a newer one."""
LATER = f"{START + MINUTE:013d}-bb"
EARLIER = f"{T0 - HOUR:013d}-cc"

CHAIN_KEY = b"chain key of tests: 32 bytes long"
SALT = "5a17" * 8
"""Of every attempt here: what its facts' digests are made with."""
KEYS = Keys(CHAIN_KEY, {"1": b"first receipt key", "2": b"second receipt key"}, "2")

_numbers = itertools.count(1)


def terms(**changes: Any) -> Terms:
    """An hour's window, closing half an hour later, thirty minutes to work."""
    usual = Terms(T0, T0 + HOUR, T0 + HOUR + 30 * MINUTE, DURATION, GRACE)
    return structs.replace(usual, **changes)


def exam(exam_id: str = "exam-1", /, **changes: Any) -> Exam:
    """An exam; keywords that are terms go to its terms, all others to the exam."""
    agreed = {name: changes.pop(name) for name in Terms.__struct_fields__ if name in changes}
    return structs.replace(Exam(exam_id, "An exam", "paper-1", terms(**agreed)), **changes)


def items() -> dict[str, Item]:
    """The public items of `tests.papers.paper()`, q1 to q6, one of each kind."""
    return {item.id: item for section in public_paper(paper()).sections for item in section.items}


def options(text: str) -> str:
    """The option of q1 with this text: Delhi, Mumbai, Chennai or Kolkata."""
    return ids(single(), text)[0]


def seat(**changes: Any) -> Seat:
    """Asha's seat."""
    return structs.replace(Seat("exam-1", "asha", "Asha", "hall-1", "batch-1"), **changes)


def attempt(*, epoch: int = 1, **changes: Any) -> Attempt:
    """A registered attempt: no fact yet."""
    sits = seat(**changes)
    id_ = attempt_id(sits.exam, sits.candidate)
    head = seal.genesis(CHAIN_KEY, id_)
    return Attempt(id_, sits, epoch, 0, head, Core(), {}, {}, salt=SALT)


def fact(
    on: Attempt, body: Body, *, at: int = START, by: str = "candidate:asha", **changes: Any
) -> Fact:
    """The next fact of an attempt, sealed. `changes` (command, effect, epoch) are in the hash."""
    plain = Fact(on.id, on.epoch, on.n + 1, on.head, at, by, body)
    return seal.seal(CHAIN_KEY, structs.replace(plain, **changes), on.salt)


def told(on: Attempt, *bodies: Body) -> Attempt:
    """The attempt after facts with these bodies."""
    for body in bodies:
        on = apply(on, fact(on, body))
    return on


def done(on: Attempt, decision: Decision, at: int = START) -> Attempt:
    """The attempt after a decision was written."""
    if decision.body is None:
        return on
    plain = isinstance(decision.body, AnswerSaved)
    kind, effect = ("", "") if plain else (decision.kind, decision.effect)
    return apply(on, fact(on, decision.body, at=at, command=kind, effect=effect))


def granted(lease: str = LEASE, instance: str = "browser-1") -> LeaseGranted:
    """The lease goes to a device."""
    return LeaseGranted(unique("join"), lease, instance)


def started(at: int = START) -> Started:
    """The clock runs."""
    return Started(unique("start"), at)


def paused(at: int) -> Paused:
    """The clock stands."""
    return Paused(unique("pause"), at, "fire drill")


def resumed(at: int) -> Resumed:
    """The clock runs again."""
    return Resumed(unique("resume"), at, "")


def submitted(at: int = START + 10 * MINUTE) -> Submitted:
    """Handed in."""
    return Submitted(unique("submit"), at)


def terminated(at: int = START + 10 * MINUTE) -> Terminated:
    """Ended by an examiner."""
    return Terminated(unique("terminate"), at, "left the hall")


def expired(at: int = DEADLINE) -> Expired:
    """Closed by time."""
    return Expired(at, at)


def reopened(at: int, extra_ms: int = 0) -> Reopened:
    """Led back."""
    return Reopened(unique("reopen"), at, extra_ms, "appeal")


def saved(
    item: str = "q5", seq: int = 1, response: Response = "Mercury", **changes: Any
) -> AnswerSaved:
    """A response that counts."""
    flag = bool(changes.get("flag", False))
    body = AnswerSaved(item, LEASE, seq, seal.digest(response, flag), response, START + seq)
    return structs.replace(body, **changes)


def kept(item: str = "q5", seq: int = 1, response: Response = "Mercury") -> AnswerKept:
    """A response that does not count."""
    digest = seal.digest(response, False)
    return AnswerKept(item, LEASE, seq, digest, response, DEADLINE + HOUR, "late")


def running(**changes: Any) -> Attempt:
    """An attempt in progress since START, written by browser-1 under LEASE."""
    return told(attempt(**changes), granted(), started())


def in_state(state: AttemptState) -> Attempt:
    """An attempt in each state there is."""
    seated, closed_at = told(attempt(), granted()), START + 10 * MINUTE
    histories: dict[AttemptState, tuple[Body, ...]] = {
        AttemptState.NOT_STARTED: (),
        AttemptState.IN_PROGRESS: (started(),),
        AttemptState.PAUSED: (started(), paused(START + 5 * MINUTE)),
        AttemptState.SUBMITTED: (started(), submitted(closed_at)),
        AttemptState.EXPIRED: (started(), expired()),
        AttemptState.TERMINATED: (started(), terminated(closed_at)),
        AttemptState.ABSENT: (Absent(T0 + HOUR),),
    }
    return told(seated, *histories[state])


def context(arrived: int = START + MINUTE, **changes: Any) -> Context:
    """The usual device speaks."""
    usual = Context(arrived, "candidate:asha", "browser-1", LEASE, "d0")
    return structs.replace(usual, **changes)


def answer(
    item: str = "q5", seq: int = 1, response: Response = "Mercury", **changes: Any
) -> Answer:
    """A text for the fifth item."""
    return structs.replace(Answer(seq, item, response), **changes)


def receipt(on: Attempt, body: AnswerSaved) -> str:
    """The receipt over a saved answer."""
    return seal.receipt(KEYS, on.id, "answer", body.item, answer_effect(held(body)))


def life(p: int = 0, epoch: int = 1, **changes: Any) -> Life:
    """A life of Redis."""
    return structs.replace(Life(p, epoch, "run-1", "0-0", T0), **changes)


def unique(name: str) -> str:
    """An id nobody else has."""
    return f"{name}-{next(_numbers)}"

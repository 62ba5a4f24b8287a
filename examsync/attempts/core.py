"""The core of an attempt - all of it that is not a response or a command - and how facts change it
(pure). Part of `attempt`, whose `apply` folds it; the flush folds it alone.
"""

from msgspec import Struct, structs

from examsync.exams.exam import Interval
from protocol.erasure import Blanked, Erased
from protocol.facts import (
    Absent,
    AnswerKept,
    AnswerSaved,
    CommandRecorded,
    Expired,
    Extended,
    Fact,
    HandRaised,
    LeaseGranted,
    NoticeAcknowledged,
    NoticeSent,
    Paused,
    Reopened,
    Resumed,
    Started,
    Submitted,
    TakeoverApproved,
    TakeoverRequested,
    Terminated,
    ViolationReported,
)
from protocol.from_server import Notice
from protocol.types import CLOSED_STATES, AttemptState


class Core(Struct, frozen=True, omit_defaults=True, gc=False):
    """All of an attempt that is not a response or a command."""

    state: AttemptState = AttemptState.NOT_STARTED
    lease: str = ""
    instance: str = ""
    waiting: str = ""
    """The instance that asked to take over and waits for approval."""
    approved: str = ""
    started_at: int | None = None
    closed_at: int | None = None
    closes: int = 0
    """How often it was closed: each close is graded once."""
    turned_at: int = 0
    """When the state last changed."""
    order: int = 0
    """The exam's order (its n) that was last carried out, or known when this began (again)."""
    pauses: tuple[Interval, ...] = ()
    incident_ms: int = 0
    hand: bool = False
    violations: int = 0
    kept: int = 0
    notices: tuple[Notice, ...] = ()
    seen: tuple[str, ...] = ()
    erased: str = ""
    """The scope of its erasure, if its data was erased: nothing is added to it any more."""
    mark: str = ""
    """Of an erased attempt, the mark that stood."""

    @property
    def closed(self) -> bool:
        """Whether the attempt is over."""
        return self.state in CLOSED_STATES

    @property
    def told(self) -> str:
        """Where the attempt is, for people: the detail of a refusal."""
        if self.erased:
            return "the data of the attempt was erased"
        absent = self.state is AttemptState.ABSENT
        return "nobody came while the exam was open" if absent else f"the attempt is {self.state}"

    @property
    def paused_since(self) -> int | None:
        """Since when this attempt's own clock stands."""
        if self.pauses and self.pauses[-1][1] is None:
            return self.pauses[-1][0]
        return None


def core_after(core: Core, fact: Fact) -> Core:
    """The core after one more fact; facts that only touch responses leave it as it is."""
    match fact.body:
        case AnswerSaved() | CommandRecorded() | Blanked():
            return core
        case Erased():
            return _erased(fact.body)
        case AnswerKept():
            return structs.replace(core, kept=core.kept + 1)
        case ViolationReported():
            return structs.replace(core, violations=core.violations + 1)
        case LeaseGranted() | TakeoverRequested() | TakeoverApproved():
            return _device(core, fact.body)
        case HandRaised(raised=raised):
            return structs.replace(core, hand=raised)
        case NoticeSent(id=id_, text=text):
            return structs.replace(core, notices=(*core.notices, Notice(id_, text, fact.at)))
        case NoticeAcknowledged(notice=notice):
            left = tuple(n for n in core.notices if n.id != notice)
            return structs.replace(core, notices=left, seen=(*core.seen, notice))
        case Extended(extra_ms=extra_ms):
            return structs.replace(core, incident_ms=core.incident_ms + extra_ms)
        case body:
            return _turned(core, body)


Device = LeaseGranted | TakeoverRequested | TakeoverApproved
Turn = Started | Submitted | Expired | Absent | Terminated | Paused | Resumed | Reopened


def _device(core: Core, body: Device) -> Core:
    """Who may write."""
    match body:
        case LeaseGranted():
            return structs.replace(
                core, lease=body.lease, instance=body.instance, waiting="", approved=""
            )
        case TakeoverRequested():
            return structs.replace(core, waiting=body.instance)
        case TakeoverApproved():
            return structs.replace(core, waiting="", approved=body.instance)


def _turned(core: Core, body: Turn) -> Core:
    """Facts that change the state."""
    match body:
        case Started(started_at=at):
            return structs.replace(
                core,
                state=AttemptState.IN_PROGRESS,
                started_at=at,
                turned_at=at,
                order=max(core.order, body.order),
            )
        case Paused(paused_at=at):
            pauses = (*core.pauses, (at, None))
            return structs.replace(core, state=AttemptState.PAUSED, pauses=pauses, turned_at=at)
        case Resumed(resumed_at=at):
            return structs.replace(
                core, state=AttemptState.IN_PROGRESS, pauses=_ended(core, at), turned_at=at
            )
        case Reopened():
            return _reopened(core, body)
        case Submitted() | Terminated():
            return _closed(core, _CLOSED_AS[type(body)], body.closed_at, body.order)
        case Expired() | Absent():
            return _closed(core, _CLOSED_AS[type(body)], body.closed_at, 0)


_CLOSED_AS: dict[type, AttemptState] = {
    Submitted: AttemptState.SUBMITTED,
    Terminated: AttemptState.TERMINATED,
    Expired: AttemptState.EXPIRED,
    Absent: AttemptState.ABSENT,
}


def _closed(core: Core, state: AttemptState, at: int, order: int) -> Core:
    return structs.replace(
        core,
        state=state,
        closed_at=at,
        closes=core.closes + 1,
        turned_at=at,
        order=max(core.order, order),
        pauses=_ended(core, at),
        hand=False,
    )


def _reopened(core: Core, body: Reopened) -> Core:
    """The time between closing and reopening counts as a pause."""
    assert core.closed_at is not None
    started = core.started_at is not None
    return structs.replace(
        core,
        state=AttemptState.IN_PROGRESS if started else AttemptState.NOT_STARTED,
        pauses=(*core.pauses, (core.closed_at, body.reopened_at)),
        closed_at=None,
        turned_at=body.reopened_at,
        order=max(core.order, body.order),
        incident_ms=core.incident_ms + body.extra_ms,
    )


def _erased(body: Erased) -> Core:
    """What the erasure says that there was, and nothing else."""
    return Core(
        AttemptState(body.state),
        started_at=body.started_at,
        closed_at=body.closed_at,
        closes=body.closes,
        turned_at=body.closed_at,
        order=body.order,
        erased=body.scope,
        mark=body.mark,
    )


def _ended(core: Core, at: int) -> tuple[Interval, ...]:
    """The pauses with the open one, if any, ended at `at`."""
    if core.paused_since is None:
        return core.pauses
    return (*core.pauses[:-1], (core.paused_since, at))

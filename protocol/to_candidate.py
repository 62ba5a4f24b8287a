"""What the server sends to candidates: acks on `/exam`, and events. No field here can hold a key.

Acks of commands carry `rev` and `receipt`; the sender keeps the command until `durable` has
reached that rev in that epoch.
"""

from msgspec import Struct, field

from protocol.facts import Rev
from protocol.paper import Order, Paper, Response
from protocol.problems import Problem
from protocol.types import AttemptState, said_ok

# --- acks to candidates -------------------------------------------------------------------------


class HeldResponse(Struct, frozen=True, omit_defaults=True):
    """What stands for an item. The receipt proves it."""

    response: Response
    lease: str
    seq: int
    receipt: str
    flag: bool = False
    late: bool = False


class Notice(Struct, frozen=True):
    """A message or announcement the candidate has not acknowledged."""

    id: str
    text: str
    at: int


class Times(Struct, frozen=True, omit_defaults=True):
    """The clock of an attempt. `deadline` of a paused attempt moves while it is paused.

    `paused_since`: since when the clock stands, by a pause of this attempt or of its exam; the
    attempt's own state says nothing of the exam's.
    """

    server_time: int
    opens_at: int
    started_at: int | None = None
    deadline: int | None = None
    paused_since: int | None = None
    closed_at: int | None = None


class Joined(Struct, frozen=True, omit_defaults=True):
    """The whole view: what a new browser needs to go on as if nothing had happened.

    `seq` is the highest this server has seen under `lease`: the next answer takes seq + 1.
    """

    attempt: str
    exam: str
    title: str
    state: AttemptState
    rev: Rev
    durable: Rev
    lease: str
    seq: int
    times: Times
    heartbeat_period_s: float
    responses: dict[str, HeldResponse]
    notices: list[Notice]
    ok: bool = field(default_factory=said_ok)
    paper: Paper | None = None
    order: Order | None = None
    receipt: str = ""
    hand: bool = False


class StartedAck(Struct, frozen=True):
    """The paper (the same bytes for all), this candidate's order, and until when."""

    rev: Rev
    receipt: str
    started_at: int
    deadline: int
    paper: Paper
    order: Order
    ok: bool = field(default_factory=said_ok)


class AnswerAck(Struct, frozen=True, omit_defaults=True):
    """Saved: fsynced in Redis. `superseded`: a newer version of the item stands already.

    `counted: false`: kept for the examiner, but not counted (late).
    """

    seq: int
    rev: Rev
    saved_at: int
    receipt: str
    ok: bool = field(default_factory=said_ok)
    late: bool = False
    superseded: bool = False
    counted: bool = True


class AnswerResult(Struct, frozen=True, omit_defaults=True):
    """One entry of a list of answers: the fields of `AnswerAck`, or `ok: false` and a problem."""

    ok: bool
    seq: int
    rev: Rev | None = None
    saved_at: int | None = None
    receipt: str | None = None
    late: bool = False
    superseded: bool = False
    counted: bool = True
    problem: Problem | None = None


class AnswersAck(Struct, frozen=True):
    """One result per entry of a list of answers, in order."""

    results: list[AnswerResult]
    ok: bool = field(default_factory=said_ok)


class HeartbeatAck(Struct, frozen=True, omit_defaults=True):
    """The server's time, this attempt's deadline, and what is durable."""

    server_time: int
    rev: Rev
    durable: Rev
    deadline: int | None = None
    ok: bool = field(default_factory=said_ok)


class CommandAck(Struct, frozen=True):
    """Done, or done before: the receipt is the same."""

    rev: Rev
    receipt: str
    ok: bool = field(default_factory=said_ok)


class ReauthAck(Struct, frozen=True):
    """The connection goes on with the new token."""

    expires_at: int
    ok: bool = field(default_factory=said_ok)


# --- events to candidates -----------------------------------------------------------------------


class TimeChanged(Struct, frozen=True):
    """Time was granted; `deadline` counts from now on.

    Before the start there is none: `time_ms` is how much time the attempt has from its start on,
    `start_until` when it can no longer be started, and ends at the latest.
    """

    attempt: str
    rev: Rev
    deadline: int | None
    reason: str
    time_ms: int
    start_until: int


class PausedEvent(Struct, frozen=True):
    """The clock stands."""

    attempt: str
    rev: Rev
    since: int
    reason: str


class ResumedEvent(Struct, frozen=True):
    """The clock runs again."""

    attempt: str
    rev: Rev
    deadline: int | None


class LeaseLost(Struct, frozen=True):
    """Another device writes now; this one must not take it back by itself."""

    attempt: str
    lease: str


class Closed(Struct, frozen=True):
    """The attempt is over: submitted, expired, terminated or absent."""

    attempt: str
    rev: Rev
    state: AttemptState
    closed_at: int
    reason: str = ""


class ReopenedEvent(Struct, frozen=True):
    """The attempt goes on."""

    attempt: str
    rev: Rev
    deadline: int | None
    reason: str


class HandEvent(Struct, frozen=True):
    """The hand was taken down: an examiner has seen it (or the candidate no longer needs one)."""

    attempt: str
    rev: Rev
    raised: bool


class Draining(Struct, frozen=True):
    """This server will stop: reconnect after so many milliseconds (each is told its own)."""

    reconnect_in_ms: int


class Replay(Struct, frozen=True):
    """A new epoch began: send again what is not durable, after so many milliseconds."""

    attempt: str
    epoch: int
    after_ms: int


class ResultsReleased(Struct, frozen=True):
    """Results of this attempt can be seen now."""

    attempt: str


EVENTS_TO_CANDIDATE: dict[str, type] = {
    "time_changed": TimeChanged,
    "paused": PausedEvent,
    "resumed": ResumedEvent,
    "notice": Notice,
    "lease_lost": LeaseLost,
    "closed": Closed,
    "reopened": ReopenedEvent,
    "hand": HandEvent,
    "results": ResultsReleased,
    "draining": Draining,
    "replay": Replay,
}

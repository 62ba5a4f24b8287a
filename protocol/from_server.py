"""Everything the server sends: acks, and events to candidates and to examiners.

Every ack is `{"ok": true, ...}` or `{"ok": false, "problem": {...}}`. Acks of commands carry `rev`
and `receipt`; the sender keeps the command until `durable` has reached that rev in that epoch.
"""

from msgspec import Struct, field

from protocol.facts import Fact, Rev
from protocol.paper import Order, Paper, Response
from protocol.problems import Problem
from protocol.types import AttemptState, Grading, Presence, said_ok


class Refused(Struct, frozen=True):
    """The ack of anything that was not done."""

    problem: Problem
    ok: bool = False


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
    """The clock of an attempt. `deadline` of a paused attempt moves while it is paused."""

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
    """Time was granted; `deadline` counts from now on."""

    attempt: str
    rev: Rev
    deadline: int | None
    reason: str


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


class Draining(Struct, frozen=True):
    """This server will stop: reconnect after so many milliseconds (each is told its own)."""

    reconnect_in_ms: int


class Replay(Struct, frozen=True):
    """A new epoch began: send again what is not durable, after so many milliseconds."""

    attempt: str
    epoch: int
    after_ms: int


class Durable(Struct, frozen=True):
    """All up to this rev is committed in Postgres."""

    attempt: str
    durable: Rev


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
    "results": ResultsReleased,
    "draining": Draining,
    "replay": Replay,
}

# --- to examiners -------------------------------------------------------------------------------


class Row(Struct, frozen=True, omit_defaults=True):
    """One candidate on the monitor: the attempt's part, of fact `rev`.

    `saved_at` is when the last answer was saved; `deadline` is absolute: clients count down.
    `can` says of each act whether it is possible now ("") or, if not, why.
    """

    attempt: str
    candidate: str
    name: str
    rev: Rev
    state: AttemptState
    answered: int
    total: int
    hall: str = ""
    group: str = ""
    started_at: int | None = None
    deadline: int | None = None
    paused_since: int | None = None
    closed_at: int | None = None
    saved_at: int | None = None
    durable: Rev | None = None
    violations: int = 0
    flagged: int = 0
    late: int = 0
    kept: int = 0
    hand: bool = False
    takeover_waiting: bool = False
    grading: Grading = Grading.NONE
    can: dict[str, str] = {}


class Connection(Struct, frozen=True, omit_defaults=True):
    """One candidate on the monitor: the connection's part.

    `stamp` orders reports of several connections and processes: the newer connection wins.
    """

    attempt: str
    stamp: tuple[int, int]
    level: Presence
    since: int
    pending: int = 0
    rtt_ms: int | None = None
    visible: bool | None = None
    process: str = ""


class Watched(Struct, frozen=True):
    """The ack of `watch`: from `version` on, deltas follow; `snapshot` rows come as `roster`."""

    exam: str
    title: str
    version: str
    snapshot: bool
    server_time: int
    ok: bool = field(default_factory=said_ok)


class Roster(Struct, frozen=True, omit_defaults=True):
    """Rows and connections. `part` of `parts` chunks if it is a snapshot, else changes.

    A delta follows on version `prior`; a client that is elsewhere sends `watch` again.
    """

    exam: str
    version: str
    prior: str | None = None
    part: int = 1
    parts: int = 1
    rows: list[Row] = []
    connections: list[Connection] = []


class Progress(Struct, frozen=True):
    """Rows that changed since `prior`."""

    exam: str
    version: str
    prior: str
    rows: list[Row]


class Signal(Struct, frozen=True, omit_defaults=True):
    """A violation as examiners see it: the server's time and the client's side by side."""

    attempt: str
    id: str
    signal: str
    at: int
    client_at: int
    detail: str = ""


class Violations(Struct, frozen=True):
    """Signals since `prior`, within 100 ms of their ack."""

    exam: str
    version: str
    prior: str
    violations: list[Signal]


class Hand(Struct, frozen=True, omit_defaults=True):
    """A hand that went up or down."""

    attempt: str
    raised: bool
    at: int
    text: str = ""


class Hands(Struct, frozen=True):
    """Hands since `prior`."""

    exam: str
    version: str
    prior: str
    hands: list[Hand]


class NoticeReceipt(Struct, frozen=True):
    """Who has seen which notice."""

    attempt: str
    notice: str
    at: int


class Receipts(Struct, frozen=True):
    """Acknowledged notices since `prior`."""

    exam: str
    version: str
    prior: str
    receipts: list[NoticeReceipt]


class Stats(Struct, frozen=True):
    """Counts by state and presence; how far behind Postgres is. Unversioned: the last one wins."""

    exam: str
    at: int
    states: dict[str, int]
    presence: dict[str, int]
    backlog: int
    durable_lag_ms: int


EVENTS_TO_EXAMINER: dict[str, type] = {
    "roster": Roster,
    "progress": Progress,
    "violation": Violations,
    "hand": Hands,
    "receipts": Receipts,
    "stats": Stats,
    "draining": Draining,
}


class NotDone(Struct, frozen=True):
    """One attempt an act did not reach, and why."""

    attempt: str
    problem: Problem


class ActAck(Struct, frozen=True, omit_defaults=True):
    """What was done and, by name and reason, what was not.

    An act on a whole exam is a fact of the exam (`exam_rev`); `done` lists attempts it has
    reached already, `covers` how many it stands for.
    """

    id: str
    done: list[str]
    not_done: list[NotDone]
    ok: bool = field(default_factory=said_ok)
    durable: bool = False
    exam_rev: int | None = None
    covers: int | None = None


class TimelineAck(Struct, frozen=True):
    """Facts of one attempt, oldest first; `more`: ask again from the last n + 1."""

    attempt: str
    facts: list[Fact]
    more: bool
    ok: bool = field(default_factory=said_ok)


class UnwatchedAck(Struct, frozen=True):
    """No more deltas of this exam will come."""

    exam: str
    ok: bool = field(default_factory=said_ok)


EVENTS_FROM_SERVER: dict[str, dict[str, type]] = {
    "/exam": EVENTS_TO_CANDIDATE,
    "/monitor": EVENTS_TO_EXAMINER,
}

ACKS: dict[str, dict[str, type]] = {
    "/exam": {
        "join": Joined,
        "start": StartedAck,
        "answer": AnswerAck,
        "heartbeat": HeartbeatAck,
        "violation": CommandAck,
        "submit": CommandAck,
        "raise_hand": CommandAck,
        "acknowledge": CommandAck,
        "reauth": ReauthAck,
    },
    "/monitor": {
        "watch": Watched,
        "unwatch": UnwatchedAck,
        **dict.fromkeys(
            [
                "extend",
                "pause",
                "resume",
                "terminate",
                "submit_for",
                "reopen",
                "approve_takeover",
                "announce",
                "message",
                "resolve",
            ],
            ActAck,
        ),
        "timeline": TimelineAck,
        "reauth": ReauthAck,
    },
}

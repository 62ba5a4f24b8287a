"""What the server sends to examiners: acks on `/monitor`, and the versioned feed of an exam."""

from msgspec import Struct, field

from protocol.facts import Fact, Rev
from protocol.problems import Problem
from protocol.to_candidate import Draining
from protocol.types import AttemptState, Grading, Presence, said_ok

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

    A delta follows on version `prior`; a client that is elsewhere sends `watch` again. Drop the
    rows and connections of the attempts that are `gone` first, then take what else is here: they
    are off the roll, or in a hall that this examiner does not watch.
    """

    exam: str
    version: str
    prior: str | None = None
    part: int = 1
    parts: int = 1
    rows: list[Row] = []
    connections: list[Connection] = []
    gone: list[str] = []


class Delta(Struct, frozen=True):
    """News of an exam that follows on version `prior` and leads to `version`."""

    exam: str
    version: str
    prior: str


class Progress(Delta, frozen=True):
    """Rows that changed since `prior`."""

    rows: list[Row]


class Signal(Struct, frozen=True, omit_defaults=True):
    """A violation as examiners see it: the server's time and the client's side by side."""

    attempt: str
    id: str
    signal: str
    at: int
    client_at: int
    detail: str = ""


class Violations(Delta, frozen=True):
    """Signals since `prior`, within 100 ms of their ack."""

    violations: list[Signal]


class Hand(Struct, frozen=True, omit_defaults=True):
    """A hand that went up or down."""

    attempt: str
    raised: bool
    at: int
    text: str = ""


class Hands(Delta, frozen=True):
    """Hands since `prior`."""

    hands: list[Hand]


class NoticeReceipt(Struct, frozen=True):
    """Who has seen which notice."""

    attempt: str
    notice: str
    at: int


class Receipts(Delta, frozen=True):
    """Acknowledged notices since `prior`."""

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
    reached already, `covers` how many it stands for. `receipts` are by attempt: an examiner's
    client that was not told `durable` sends them with its replay.
    """

    id: str
    done: list[str]
    not_done: list[NotDone]
    ok: bool = field(default_factory=said_ok)
    durable: bool = False
    exam_rev: int | None = None
    covers: int | None = None
    receipts: dict[str, str] = {}


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

"""What the heart asks of storage: two seams, Redis (`Store`) and Postgres (`Records`) (pure types).

`store.py` and `records.py` fill them with real servers; the simulation with its own, and both are
held to the same contract tests.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct, structs

from examsync.attempts.attempt import Attempt, Held, Seat
from examsync.attempts.core import Core
from protocol.facts import Fact, Rev


class LaterEpoch(Exception):
    """Postgres knows a later epoch than the Redis we speak to: that one has to claim anew."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        super().__init__(f"epoch {epoch}")


class Life(Struct, frozen=True):
    """One unbroken life of a partition's Redis data. `text` is what the epoch key holds.

    `backlog` is the last entry the log had when this life began: up to there it is of older ones.
    `began_at` is Redis' time in ms.
    """

    p: int
    epoch: int
    run_id: str
    backlog: str
    began_at: int
    text: str = ""
    """epoch:run_id:backlog:began_at, made of them: every save says it."""

    def __post_init__(self) -> None:
        """Say it once."""
        text = f"{self.epoch}:{self.run_id}:{self.backlog}:{self.began_at}"
        structs.force_setattr(self, "text", text)


class Outcome(Enum):
    """What became of one write or check."""

    OK = "ok"
    HEAD = "head"
    """The attempt has another head: somebody else wrote."""
    LIFE = "life"
    """Redis began another life."""
    EXAM = "exam"
    """The exam has facts that were not considered."""
    FULL = "full"
    """Refused for want of memory; surely not done."""
    REFUSED = "refused"
    """Refused by Redis (read-only, no fsync, ...); surely not done."""
    UNKNOWN = "unknown"
    """No reply: done or not."""
    UNSENT = "unsent"
    """Given up before it was sent: surely not done, and all before it stands as it did."""


class Save(Struct, frozen=True, gc=False):
    """A fact to write on `before`. `due`: ms, "-" to forget, "" to leave as it is."""

    life: Life
    before: Attempt
    after: Attempt
    fact: Fact
    due: str


class Check(Struct, frozen=True, gc=False):
    """Is this still the attempt's head, this the life, and `exam_n` the exam's last fact?"""

    life: Life
    attempt: Attempt
    exam_n: int


class Entry(Struct, frozen=True):
    """A fact in the log, by its place there."""

    at: str
    fact: Fact


class Batch(Struct, frozen=True):
    """What a flusher has been handed, and in which life."""

    life: Life
    entries: list[Entry]


Send = Callable[[list[Save | Check], "Callable[[list[Outcome]], None]"], None]
"""All of a batch in one round trip, in order. What it is handed is called once, later, with an
outcome for each; only then may the next batch be sent."""


class Store(Protocol):
    """Redis, for attempts. `ways`: for writes, side by side, in no order between them."""

    ways: Sequence[Send]

    def life(self, p: int) -> Life | None:
        """The life of a partition as last seen; None before the first connection."""
        ...

    async def load(self, p: int, attempt_id: str) -> Attempt | None:
        """The attempt in this life of Redis; None if it is not there. Raises Unavailable."""
        ...

    async def load_all(self, wanted: Sequence[tuple[int, str]]) -> dict[str, Attempt | None]:
        """The same of many, named with their partitions, in one round trip; those are missing
        that cannot be told of just now, as in another life. Raises Unavailable."""
        ...

    async def standing(self, p: int, attempts: list[Attempt]) -> list[tuple[bool, Rev] | None]:
        """Of each of these attempts whether its head is still that, and up to where it is durable;
        None for one that is not there. Raises Unavailable."""
        ...

    async def create(self, p: int, attempt: Attempt, due: str) -> bool:
        """Put a rebuilt attempt there unless it is; False if the life changed, or if it was
        retired with another head. Raises Unavailable."""
        ...

    async def create_all(self, wanted: Sequence[tuple[int, Attempt, str]]) -> list[bool]:
        """The same of many, in one round trip. Raises Unavailable."""
        ...

    async def backlog_clear(self, p: int) -> bool:
        """Whether everything of older lives has left the log. Raises Unavailable."""
        ...

    async def renew(self, p: int, above: int, *, flushing: bool = False) -> None:
        """Claim an epoch later than `above` for the Redis that attempts are read from, or the one
        the log is: with two primaries these may differ. Raises Unavailable."""
        ...

    async def due(self, p: int, now: int, limit: int) -> list[str]:
        """Attempts whose hint says they are due, earliest first. Raises Unavailable."""
        ...

    async def hint(self, p: int, attempt_id: str, due: str) -> None:
        """Correct the hint of an attempt. Raises Unavailable."""
        ...

    async def put_off(self, p: int, ids: list[str], until: int) -> None:
        """Let nobody else look at these, of those that have a hint, before `until` (ms): somebody
        is about to close them. Raises Unavailable."""
        ...

    async def read(self, p: int, consumer: str, limit: int) -> Batch:
        """Entries of the log for this consumer: its own pending ones, abandoned ones, new ones,
        in the log's order. Raises Unavailable."""
        ...

    async def log_hashes(self, p: int) -> set[str]:
        """The hashes of all facts in the log. Raises Unavailable."""
        ...

    async def finish(
        self, p: int, batch: Batch, done: list[Entry], durable: dict[str, Rev]
    ) -> bool:
        """Acknowledge, remove and note what is durable, in the life the batch was read in;
        False if that life is over. Raises Unavailable."""
        ...


class Row(Struct, frozen=True):
    """An attempt's row in Postgres: as of which fact, its core, and of which exam it is."""

    epoch: int
    n: int
    head: str
    core: Core
    exam: str = ""


class Placement(Struct, frozen=True):
    """What a flush does with a batch: see `flush.place`."""

    main: list[Fact]
    branches: list[Fact]
    done: list[Entry]
    waiting: list[Entry]
    rows: dict[str, Row]
    durable: dict[str, Rev]
    later: int = 0
    """An epoch in Postgres later than a fact of the present one: two primaries."""


class Writing(Protocol):
    """One flush under way: its attempts' rows are locked."""

    rows: dict[str, Row]

    async def commit(self, placement: Placement) -> None:
        """Write and commit. Raises Unavailable: done or not."""
        ...

    async def abort(self) -> None:
        """Let go."""
        ...


class Open(Struct, frozen=True, gc=False):
    """An attempt that is open as far as Postgres knows. Ten thousand are made at each walk of the
    sweep, and they are in no cycle: Python's collector need not look at them, as at `Attempt`."""

    id: str
    seat: Seat
    core: Core


class Rebuilt(Struct, frozen=True):
    """An attempt as Postgres has it."""

    seat: Seat
    row: Row
    responses: dict[str, Held]


class Records(Protocol):
    """Postgres, for attempts."""

    async def claim(self, p: int, run_id: str, above: int) -> tuple[int, bool]:
        """The epoch of this server's data, and whether it was claimed just now: once per run_id,
        unless that is not later than `above`. Raises Unavailable."""
        ...

    async def latest(self, p: int) -> int:
        """The latest epoch of a partition that was claimed by anybody. Raises Unavailable."""
        ...

    async def rebuild(self, attempt_id: str, epoch: int) -> Attempt | None:
        """Mark the attempt's row with the epoch and read it, in one statement; None if there is
        no such attempt. Raises LaterEpoch, Unavailable."""
        ...

    async def rebuild_all(self, epochs: Mapping[str, int]) -> dict[str, Attempt | LaterEpoch]:
        """The same of many, each with its epoch, in one transaction: those are missing that there
        are not. Raises Unavailable."""
        ...

    async def begin(self, attempt_ids: list[str]) -> Writing:
        """Lock these rows, in order of id. Raises Unavailable."""
        ...

    async def open_attempts(self, after: str, limit: int) -> list[Open]:
        """Attempts that are open as far as Postgres knows, or that their exam orders to be, by id,
        from `after` on. Raises Unavailable."""
        ...

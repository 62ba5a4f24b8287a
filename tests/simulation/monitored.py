"""The real monitor in every process, and examiners who watch: snapshot + deltas are what a fresh
snapshot would be, whoever dies and whatever Redis loses.

Whoever is at a version must hold what everybody held there; at the end all hold what Postgres has.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from examsync.attempts.attempt import Attempt
from examsync.attempts.columns import Overview
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from examsync.monitor import progress
from examsync.monitor.delta import Board, Outcome, decoded, take
from examsync.monitor.repair import Loaded, Read
from examsync.monitor.service import Monitor, Surroundings
from examsync.monitor.store import FeedStore
from examsync.settings import Monitor as Settings
from protocol.from_server import Row
from protocol.types import Presence
from tests.simulation.connection import NOWHERE, plug
from tests.simulation.memory_exams import ITEMS
from tests.simulation.timeline import HEALED_S

if TYPE_CHECKING:
    from tests.simulation.node import Node, Worker
    from tests.simulation.world import World

AGAIN_S = 0.5
LOOK_S, SOON_S = 1.0, 9.0
"""A fact may be flushed by another process than confirmed it, and word of an exam may be lost: then
the next poll brings it, and the monitor's next turn reads the rows."""
PRESENT = "present"
PRESENT_S = 16.0
"""A process notices late that a connection broke (3 s), and tells it later (5 s); that of one that
died is noticed after 3 s, by who has heard Redis for 4 s."""
COMPARED = (
    "state",
    "answered",
    "flagged",
    "late",
    "kept",
    "violations",
    "hand",
    "closed_at",
    "deadline",
    "grading",
)
"""What a row must say in the end; of a rev only the number: a rebuild changes the epoch of what
Postgres has, and is no news."""


def monitor_of(node: "Node") -> Monitor:
    """The monitor of a process, wired as in `examsync.app`."""
    store: Any = FeedStore(NOWHERE)
    for each in (store._asks, store._loads, store._hears):
        plug(each.line, node.process, node.world.redis)

    async def load_rows(exam_id: str, ids: list[str] | None) -> Loaded:
        await node.exams.refresh(exam_id)
        exam = node.exams.get(exam_id)
        assert exam is not None
        found = await node.records.overview(exam_id, ids)
        return Loaded(exam.n, [read(each, exam) for each in found])

    around = Surroundings(
        load_rows,
        node.exams.get,
        lambda exam: len(ITEMS),
        lambda: 0,
        lambda: 0,
        node.process.now,
    )
    monitor = Monitor(store, around, Settings(), node.name)
    node.attempts.listeners.append(monitor.listener)
    node.exams.listeners.append(lambda before, after, facts: monitor.exam_changed(after.id))
    return monitor


def read(each: Overview, exam: Exam) -> Read:
    """The row of an attempt that was read."""
    counts = progress.Tally(each.answered, each.flagged, each.late, each.saved_at)
    row = progress.row(each.attempt, exam, len(ITEMS), counts, each.grading)
    return Read(row, each.change)


class Watch:
    """One examiner's client; it watches again, from where it was, when its process dies."""

    def __init__(self, watching: "Watching") -> None:
        self.watching = watching
        self.board = Board(watching.exam)

    def send(self, event: str, body: bytes) -> None:
        """An event has come."""
        if take(self.board, decoded(event, body)) is Outcome.GAP:
            self.watching.world.violated(f"a watcher got {event} on another version than it has")
        elif event != "stats" and self.board.version is not None:
            self.watching.note(self.board)

    def waiting_bytes(self) -> int:
        """Everything goes out at once."""
        return 0

    def cut(self) -> None:
        """Only somebody who takes nothing is cut, and this one takes all."""
        self.watching.world.violated("a watcher was cut")


class Watching:
    """All who watch in one world, and what was held at which version."""

    def __init__(self, world: "World", exam: str) -> None:
        self.world = world
        self.exam = exam
        self.watches: list[Watch] = []
        self._held: dict[str, bytes] = {}
        self._behind: dict[str, float] = {}
        """What somebody sees wrongly, since when."""
        self._looked_at = 0.0

    def begin(self) -> None:
        """One more examiner comes."""
        watch = Watch(self)
        self.watches.append(watch)
        self.world.loop.create_task(self._keep(watch))

    async def _keep(self, watch: Watch) -> None:
        while True:
            worker = self.world.any_worker()
            if worker is not None and await self._begun(worker, watch):
                while worker.process.alive:
                    await self.world.sleep(AGAIN_S)
            await self.world.sleep(AGAIN_S)

    async def _begun(self, worker: "Worker", watch: Watch) -> bool:
        monitor = worker.monitor
        assert monitor is not None
        asked = worker.process.start(monitor.watch(self.exam, watch.board.version, watch))
        await asyncio.wait([asked])
        if asked.cancelled():
            return False
        error = asked.exception()
        if error is None:
            self.world.seen("watched")
        elif not isinstance(error, ExamError) and worker.process.alive:
            self.world.defect(error)
        return error is None

    def note(self, board: Board) -> None:
        """What a client holds at its version is what everybody held there."""
        assert board.version is not None
        parts = (sorted(board.rows.items()), sorted(board.connections.items()))
        held = msgspec.json.encode(parts)
        self.world.counts["versions held"] += 1
        if self._held.setdefault(board.version, held) != held:
            self.world.violated(f"at {board.version} two watchers hold different rows")

    def step(self) -> None:
        """When nothing fails any more, everybody soon sees what Postgres has. The last outage may
        end later than the last fault began: until then Postgres is behind, not who watches."""
        now, world = self.world.loop.time(), self.world
        if not (world.postgres.up and world.redis.up):
            self._behind.clear()
            return
        if now < HEALED_S + 1 or now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        behind = self.behind()
        self._behind = {what: self._behind.get(what, now) for what in behind}
        for what, since in self._behind.items():
            if now - since > (PRESENT_S if what.endswith(PRESENT) else SOON_S):
                world.violated(f"for {now - since:.0f} s now {what}")
                return

    def behind(self) -> list[str]:
        """Who does not see yet what Postgres has, or it of the exam, or who is there."""
        right = self._rows() if self.watches else {}
        return [
            f"watcher {nth} {difference}"
            for nth, watch in enumerate(self.watches)
            for id_ in right
            for difference in (
                *_differences(watch.board.rows.get(id_), right[id_]),
                *self._misplaced(watch.board, id_),
            )
        ]

    def _misplaced(self, board: Board, id_: str) -> list[str]:
        """Whether somebody is shown as away who is there, or the other way round. Who writes is
        there; another device of his is not."""
        writer = self.world.postgres.attempts[id_].core.instance
        here = any(
            link.instance == writer and link.server_open and sitter.attempt == id_
            for worker in self.world.workers
            if worker.process.alive
            for link, sitter in worker.door.sitters.items()
        )
        held = board.connections.get(id_)
        shown = held is not None and held.level is not Presence.AWAY
        return [] if here == shown else [f"sees {id_} {'' if shown else 'not '}{PRESENT}"]

    def _rows(self) -> dict[str, Row]:
        exam = self.world.exam_now()
        return {
            id_: progress.row(
                Attempt(id_, t.seat, t.epoch, t.n, t.head, t.core, t.responses, t.commands, (0, 0)),
                exam,
                len(ITEMS),
                None,
                t.grading,
            )
            for id_, t in self.world.postgres.attempts.items()
        }


def _differences(seen: Row | None, right: Row) -> list[str]:
    """What a watcher's row says otherwise than it is."""
    if seen is None:
        return [f"has no row of {right.attempt}"]
    said = {name: (getattr(seen, name), getattr(right, name)) for name in COMPARED}
    said["n"] = (seen.rev[1], right.rev[1])
    return [
        f"sees {name} {was} of {right.attempt}, and it is {is_}"
        for name, (was, is_) in said.items()
        if was != is_
    ]

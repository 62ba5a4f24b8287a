"""Once a second, for the exams that are followed here: figures, the dead, and the feeds' lives.

A part of `service.py`. Any number of processes may do the same: what two of them say of the dead
is one and the same report, and the second is ignored.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct, structs

from examsync.errors import Unavailable
from examsync.monitor.follow import Followed
from examsync.monitor.following import Following
from examsync.monitor.history import Halls
from examsync.monitor.marks import Marks
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import connection_piece
from examsync.monitor.roster import taken_for_away
from examsync.monitor.store import PROCESS_LIFE_MS, FeedStore
from protocol.from_server import Stats

STATS_MS = 5_000
"""Figures that have not changed are said again after this: a client tells a quiet exam from a
dead line by it."""
KEEP_MS = 60_000

_json = msgspec.json.Encoder().encode


class Counted(Struct):
    """What a mirror says as of one version of its feed: with ten thousand candidates counting
    takes milliseconds, and most seconds nothing has changed."""

    mirror: Mirror
    version: tuple[str, int]
    figures: dict[Halls, tuple[dict[str, int], dict[str, int]]] = {}
    """States and presence, by halls."""
    holders: set[str] | None = None

    def of(self, halls: Halls) -> tuple[dict[str, int], dict[str, int]]:
        """How many attempts of these halls are in which state, and how many how present."""
        found = self.figures.get(halls)
        if found is None:
            found = self.figures[halls] = (self.mirror.states(halls), self.mirror.presence(halls))
        return found

    def processes(self) -> set[str]:
        """As `Mirror.processes`."""
        if self.holders is None:
            self.holders = self.mirror.processes()
        return self.holders


class Keeping:
    """Looks after what is followed. `backlog` and `durable_lag_ms` say how far Postgres is."""

    def __init__(
        self,
        store: FeedStore,
        following: Following,
        marks: Marks,
        *,
        process: str,
        now: Callable[[], int],
        backlog: Callable[[], int],
        durable_lag_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._following = following
        self._marks = marks
        self._process = process
        self._now = now
        self._backlog = backlog
        self._durable_lag_ms = durable_lag_ms
        self._kept_at: dict[str, int] = {}
        self._counts: dict[str, Counted] = {}

    async def turn(self) -> None:
        """One look."""
        self._following.drop_alone()
        for followed in list(self._following.exams.values()):
            if followed.live:
                self._say_stats(followed)
        try:
            await self._keep()
            await self._bury()
        except Unavailable:
            return  # the readers say so; the next turn comes

    def _say_stats(self, followed: Followed) -> None:
        now = self._now()
        figures: dict[Halls, Stats] = {}
        for watcher in followed.watchers:
            if watcher.snapshot or not watcher.ready(now):
                continue
            if watcher.halls not in figures:
                figures[watcher.halls] = self._stats(followed, watcher.halls, now)
            fresh, told = figures[watcher.halls], watcher.stats
            if told is None or now - told.at >= STATS_MS or structs.replace(told, at=now) != fresh:
                watcher.stats = fresh
                watcher.sink.send("stats", _json(fresh))

    def _stats(self, followed: Followed, halls: Halls, now: int) -> Stats:
        states, presence = self._counted(followed).of(halls)
        return Stats(
            exam=followed.exam,
            at=now,
            states=states,
            presence=presence,
            backlog=self._backlog(),
            durable_lag_ms=self._durable_lag_ms(),
        )

    def _counted(self, followed: Followed) -> Counted:
        """The counts of what the feed has come to by now."""
        mirror, history = followed.mirror, followed.history
        version = (history.generation, history.head)
        known = self._counts.get(followed.exam)
        if known is None or known.mirror is not mirror or known.version != version:
            known = self._counts[followed.exam] = Counted(mirror, version)
        return known

    async def _keep(self) -> None:
        """Let the feeds live on."""
        now, exams = self._now(), self._following.exams
        self._kept_at = {exam: at for exam, at in self._kept_at.items() if exam in exams}
        self._counts = {exam: known for exam, known in self._counts.items() if exam in exams}
        due = [exam for exam in exams if now - self._kept_at.get(exam, 0) >= KEEP_MS]
        await self._store.keep(due)
        self._kept_at |= dict.fromkeys(due, now)

    async def _bury(self) -> None:
        """Mark as away whom dead processes held. Not when Redis itself was just away: nobody
        could say then that he lives."""
        since = self._following.sound_since
        if since is None or self._now() - since < PROCESS_LIFE_MS + 1_000:
            return
        live = [f for f in self._following.exams.values() if f.live]
        held = {one for f in live for one in self._counted(f).processes()} - {self._process}
        dead = held - await self._store.alive(sorted(held))
        now = self._now()
        for followed in live:
            for process in dead:
                for connection, hall in followed.mirror.held_by(process):
                    piece = connection_piece(taken_for_away(connection, now), hall)
                    self._marks.piece(followed.exam, piece, now)

"""What examiners ask for on `/monitor`: to watch, to act, to read a timeline.

All of it waits for storage, so it is sent on errands, in the order of the session's events.
"""

import functools
from collections.abc import Awaitable, Callable

from examsync.access.role import Action, may, require
from examsync.attempts.acting import ACTS
from examsync.edge.acting import Acting
from examsync.edge.sockets import line
from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.door import Ack, Entry, entry
from examsync.edge.sockets.doorkeeper import Doorkeeper
from examsync.edge.sockets.errands import Errands
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError
from examsync.monitor.service import Monitor
from examsync.monitor.watcher import Watcher
from protocol.facts import Fact
from protocol.from_client import Act, Announce, Reauth, Timeline, Unwatch, Watch
from protocol.from_server import TimelineAck, UnwatchedAck, Watched
from protocol.problems import Code

WATCHES_PER_SESSION_MAX = 20

ReadTimeline = Callable[[str, int, int], Awaitable[list[Fact]]]
"""(attempt, since, limit): facts after the `since`th in order. Raises Unavailable."""


class Line:
    """A session as the monitor sees it (`monitor.watcher.Sink`)."""

    def __init__(self, session: Session, broadcast: Broadcast) -> None:
        self._session = session
        self._broadcast = broadcast

    def send(self, event: str, body: bytes) -> None:
        """Queue an event whose body is JSON already."""
        self._broadcast.pass_on(self._session, event, body)

    def waiting_bytes(self) -> int:
        """What is queued and not yet taken."""
        return self._session.wire.unsent_bytes

    def cut(self) -> None:
        """End the connection: it takes nothing."""
        self._session.wire.cut(line.TRY_AGAIN_LATER, line.SLOW)


class Examiners:
    """The handlers of `/monitor`."""

    def __init__(
        self,
        acting: Acting,
        monitor: Monitor,
        broadcast: Broadcast,
        errands: Errands,
        read_timeline: ReadTimeline,
    ) -> None:
        self._acting = acting
        self._monitor = monitor
        self._broadcast = broadcast
        self._errands = errands
        self._read_timeline = read_timeline
        self._watchers: dict[Session, dict[str, Watcher]] = {}

    def entries(self, keeper: Doorkeeper) -> dict[str, Entry]:
        """Every event of `/monitor`, how it is read and who handles it."""
        return {
            "watch": entry(Watch, self.watch),
            "unwatch": entry(Unwatch, self.unwatch),
            **{kind: entry(act, self.act) for kind, act in ACTS.items()},
            "announce": entry(Announce, self.announce),
            "timeline": entry(Timeline, self.timeline),
            "reauth": entry(Reauth, functools.partial(self.reauth, keeper)),
        }

    def act(self, session: Session, arrived: int, act: Act, ack: Ack) -> None:
        """An act on attempts, or on the whole exam."""
        identity = session.identity
        self._errands.send(session, ack, lambda: self._acting.act(identity, arrived, act))

    def announce(self, session: Session, arrived: int, announce: Announce, ack: Ack) -> None:
        """A notice to everybody in the exam."""
        del arrived
        identity = session.identity
        self._errands.send(session, ack, lambda: self._acting.announce(identity, announce))

    def watch(self, session: Session, arrived: int, watch: Watch, ack: Ack) -> None:
        """Follow an exam."""
        require(session.identity, Action.WATCH, exam=watch.exam)
        self._errands.send(session, ack, lambda: self._watch(session, arrived, watch))

    async def _watch(self, session: Session, arrived: int, watch: Watch) -> Watched:
        await self._acting.exams.refresh(watch.exam)
        exam = self._acting.exams.get(watch.exam)
        if exam is None:
            raise ExamError(Code.NOT_FOUND, f"there is no exam {watch.exam}")
        watchers = self._watchers.get(session, {})  # of a session that left nothing is kept
        if watch.exam not in watchers and len(watchers) >= WATCHES_PER_SESSION_MAX:
            raise ExamError(Code.TOO_MANY, "unwatch an exam first")
        self._stop(session, watch.exam)
        line, halls = Line(session, self._broadcast), session.identity.halls
        watcher = await self._monitor.watch(watch.exam, watch.version, line, halls)
        if session.gone or session.identity.halls != halls:
            self._monitor.unwatch(watcher)
            raise ExamError(Code.UNAVAILABLE, retry_after_ms=100)
        if not may(session.identity, Action.WATCH, exam=watch.exam):  # it went on with less
            self._monitor.unwatch(watcher)
            raise ExamError(Code.FORBIDDEN)
        self._watchers.setdefault(session, {})[watch.exam] = watcher
        snapshot = bool(watcher.snapshot)
        return Watched(exam.id, exam.title, watcher.version, snapshot, arrived)

    def unwatch(self, session: Session, arrived: int, unwatch: Unwatch, ack: Ack) -> None:
        """Stop following an exam."""
        del arrived

        async def stop() -> UnwatchedAck:
            self._stop(session, unwatch.exam)
            return UnwatchedAck(unwatch.exam)

        self._errands.send(session, ack, stop)

    def timeline(self, session: Session, arrived: int, asked: Timeline, ack: Ack) -> None:
        """What happened in one attempt, as far as it is in Postgres."""
        del arrived
        identity = session.identity

        async def read() -> TimelineAck:
            await self._acting.require_attempt(identity, Action.TIMELINE, asked.attempt)
            facts = await self._read_timeline(asked.attempt, asked.since, asked.limit + 1)
            return TimelineAck(asked.attempt, facts[: asked.limit], len(facts) > asked.limit)

        self._errands.send(session, ack, read)

    def reauth(
        self, keeper: Doorkeeper, session: Session, arrived: int, command: Reauth, ack: Ack
    ) -> None:
        """A fresh token; what it no longer covers is no longer told."""
        halls = session.identity.halls
        keeper.reauth(session, arrived, command, ack)
        identity = session.identity
        for exam_id in list(self._watchers.get(session, {})):
            if identity.halls != halls or not may(identity, Action.WATCH, exam=exam_id):
                self._stop(session, exam_id)

    def watches(self) -> int:
        """How many exams are followed, each as often as somebody does."""
        return sum(len(exams) for exams in self._watchers.values())

    def leave(self, session: Session) -> None:
        """The connection is gone."""
        for exam_id in list(self._watchers.get(session, {})):
            self._stop(session, exam_id)
        self._watchers.pop(session, None)

    def _stop(self, session: Session, exam_id: str) -> None:
        watcher = self._watchers.get(session, {}).pop(exam_id, None)
        if watcher is not None:
            self._monitor.unwatch(watcher)

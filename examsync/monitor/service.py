"""The monitor: what processes tell the feeds of exams, and what examiners hear of them.

Called by the attempts' service (`listener`), the flusher (`repair`), the sockets (`presence`,
`watch`, `unwatch`) and whoever acts on a whole exam (`exam_changed`).
"""

import contextlib
from collections.abc import Callable, Iterable

from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from examsync.infra.loops import Loops
from examsync.monitor.following import Following
from examsync.monitor.history import Halls
from examsync.monitor.keeping import Keeping
from examsync.monitor.marks import Marks, Pace
from examsync.monitor.piece import Piece, event_piece, row_piece
from examsync.monitor.presence import Presence
from examsync.monitor.publish import Publisher
from examsync.monitor.repair import LoadRows, Repair
from examsync.monitor.roster import Thresholds
from examsync.monitor.rows import Rows
from examsync.monitor.store import FeedStore
from examsync.monitor.sweep import Sweep
from examsync.monitor.watcher import Sink, Watcher
from examsync.settings import Monitor as Settings
from protocol.facts import AnswerSaved, Fact, HandRaised, NoticeAcknowledged, ViolationReported
from protocol.from_server import Hand, NoticeReceipt, Signal

PERIOD_S = 1.0
BACKOFF_S_MAX = 1.0
"""A monitor that is late by more than this is of no use to anybody."""
MARKS_IDLE_MS = 600_000
ALL_HALLS: Halls = frozenset()


class Surroundings(Struct, frozen=True):
    """What the monitor is given. `exam` and `total` (items of its paper) answer from memory;
    `load_rows` asks Postgres; `backlog` counts facts that are not there yet, `durable_lag_ms`
    says how old the oldest of them is."""

    load_rows: LoadRows
    exam: Callable[[str], Exam | None]
    total: Callable[[str], int]
    backlog: Callable[[], int]
    durable_lag_ms: Callable[[], int]
    now: Callable[[], int]


class Monitor:
    """The monitor in one process, whose id is unique and new at every start."""

    def __init__(
        self, store: FeedStore, around: Surroundings, settings: Settings, process: str
    ) -> None:
        self._store = store
        self._around = around
        self._server = ""
        now = around.now
        self._marks = Marks(Pace(settings.coalesce_ms, settings.violations_ms))
        self._rows = Rows()
        self.presence = Presence(process, thresholds_of(settings))
        self._repair = Repair(
            store,
            self._marks,
            load_rows=around.load_rows,
            exam=around.exam,
            process=process,
            now=now,
            marked=self._marked,
        )
        self._publisher = Publisher(
            store,
            self._marks,
            self.presence,
            build=self._row,
            repair=lambda attempt, exam: self._repair.some([(attempt, exam)]),
            now=now,
        )
        self._sweep = Sweep(store, self.presence, self._marks, now=now)
        self._following = Following(
            store, self._repair.fill, process=process, now=now, rows_ms=settings.coalesce_ms
        )
        self._keeping = Keeping(
            store,
            self._following,
            self._marks,
            process=process,
            now=now,
            backlog=around.backlog,
            durable_lag_ms=around.durable_lag_ms,
        )

    # --- what others tell -----------------------------------------------------------------------

    def listener(self, before: Attempt, after: Attempt, fact: Fact) -> None:
        """A fact was confirmed in this process. Cheap: it only marks."""
        del before
        now = self._around.now()
        self._marks.row(after, now)
        event = event_of(after, fact)
        if event is not None:
            self._marks.piece(after.seat.exam, event, now)
        self._publisher.wake()

    def repair(self, attempts: Iterable[tuple[str, str]]) -> None:
        """These (attempt, exam) changed in Postgres: flushed, graded, registered."""
        self._repair.some(attempts)

    def exam_changed(self, exam: str) -> None:
        """A fact of the whole exam was written: every row may differ. Call it in every process
        that hears of it; one of them reads the rows."""
        self._repair.everybody(exam)

    def roll_changed(self, exam: str, attempts: Iterable[str] = ()) -> None:
        """Candidates were registered; these attempts were changed, moved to other halls or taken
        off. Call it where that was done."""
        self._repair.everybody(exam, here=True)
        self._repair.some((attempt, exam) for attempt in attempts)

    # --- examiners ------------------------------------------------------------------------------

    async def watch(
        self, exam: str, version: str | None, sink: Sink, halls: Halls = ALL_HALLS
    ) -> Watcher:
        """Let an examiner follow an exam, from `version` on if that can be told, else from a
        snapshot; of these halls only, if any are named.

        The watcher's `version` is where its deltas begin, and `snapshot` tells whether parts of
        one come first. Events may reach the sink before this returns to its caller's caller.
        Raises ExamError `unavailable` when the feed cannot be set up in time.
        """
        followed = await self._following.get(exam)
        self._marks.watched(exam, there=True)
        self._marked()
        watcher = Watcher(exam, sink, halls)
        followed.admit(watcher, version)
        self._following.wake()
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        """The examiner watches no more, or is gone."""
        followed = self._following.exams.get(watcher.exam)
        if followed is not None:
            followed.dismiss(watcher)

    def followed(self) -> list[str]:
        """The exams that are followed in this process."""
        return list(self._following.exams)

    # --- life -----------------------------------------------------------------------------------

    def start(self, loops: Loops) -> None:
        """Begin. The loops end with the set they were put in; then call `close`."""
        loops.keep("monitor_telling", self._publisher.run, backoff_s_max=BACKOFF_S_MAX)
        loops.keep("monitor_hearing", self._following.run_hearing, backoff_s_max=BACKOFF_S_MAX)
        loops.keep("monitor_serving", self._following.run_forwarding, backoff_s_max=BACKOFF_S_MAX)
        loops.every("monitor_sweep", PERIOD_S, self._look, backoff_s_max=BACKOFF_S_MAX)
        loops.every("monitor_repair", PERIOD_S, self._repair.turn, backoff_s_max=BACKOFF_S_MAX)
        loops.every("monitor_keeping", PERIOD_S, self._keep, backoff_s_max=BACKOFF_S_MAX)

    async def close(self) -> None:
        """Tell what is still marked, end what is left and hang up."""
        with contextlib.suppress(Unavailable):
            await self._repair.turn()
            await self._publisher.turn()
        await self._following.close()
        await self._store.close()

    # --- inside ---------------------------------------------------------------------------------

    def _row(self, attempt: Attempt) -> Piece | None:
        exam = self._around.exam(attempt.seat.exam)
        if exam is None:
            return None
        total = self._around.total(exam.id)
        return row_piece(self._rows.row(attempt, exam, total), exam.n)

    async def _look(self) -> None:
        await self._sweep.turn()
        self._look_where_told()
        self._marked()

    def _look_where_told(self) -> None:
        """What was told to another server may have reached nobody: of two primaries the new one
        has a feed already that others filled before that. So all rows are read again."""
        was, self._server = self._server, self._store.run_id
        if was not in ("", self._server):
            for exam in self._marks.exams():
                self._repair.everybody(exam, here=True)

    async def _keep(self) -> None:
        await self._keeping.turn()
        now = self._around.now()
        self._marks.forget(now - MARKS_IDLE_MS)
        self._rows.forget(now)
        self._marked()

    def _marked(self) -> None:
        self._publisher.wake()


def thresholds_of(settings: Settings) -> Thresholds:
    """The levels of presence, as configured."""
    return Thresholds(
        late_ms=settings.late_s * 1_000,
        silent_ms=settings.silent_s * 1_000,
        away_ms=settings.away_s * 1_000,
    )


def event_of(attempt: Attempt, fact: Fact) -> Piece | None:
    """What examiners hear at once of a fact, besides the row it changes."""
    if type(fact.body) is AnswerSaved:  # nearly always
        return None
    hall = attempt.seat.hall
    match fact.body:
        case ViolationReported(id=id_, signal=signal, client_at=client_at, detail=detail):
            found = Signal(attempt.id, id_, signal, fact.at, client_at, detail)
            return event_piece(found, hall)
        case HandRaised(raised=raised, text=text):
            return event_piece(Hand(attempt.id, raised, fact.at, text), hall)
        case NoticeAcknowledged(notice=notice):
            return event_piece(NoticeReceipt(attempt.id, notice, fact.at), hall)
    return None

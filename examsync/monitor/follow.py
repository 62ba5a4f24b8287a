"""The exams that somebody here watches: each one's mirror and history, and who gets what.

A part of `service.py`; `following.py` brings the news. No waiting in here: news are taken and
events handed to the lines' queues.
"""

from examsync.infra import metrics
from examsync.infra.log import logger
from examsync.monitor.feed import Heard, Standing
from examsync.monitor.history import Gap, Halls, History, version_of
from examsync.monitor.mirror import Mirror
from examsync.monitor.watcher import Watcher

SNAPSHOTS_MAX = 8
"""Encoded snapshots of one version that are kept, one per set of halls."""

log = logger(__name__)


class Torn(Exception):
    """The feed began anew, or entries are missing: it has to be read from the start."""


class Followed:
    """One exam as this process follows it.

    `ready`: it can be shown, and goes on from what it is. `live`: Redis was heard of late, so it
    is what the feed is; else it is what the feed was.
    """

    def __init__(self, exam: str) -> None:
        self.exam = exam
        self.mirror = Mirror(exam)
        self.history = History(exam, "", 0)
        self.watchers: list[Watcher] = []
        self.ready = False
        self.live = False
        self.urgent = False
        self.forwarded_at = 0
        self.oldest_at: int | None = None
        self.alone_since: int | None = None
        self._snapshots: dict[Halls, list[bytes]] = {}

    # --- what comes in --------------------------------------------------------------------------

    def begin(self, standing: Standing, mirror: Mirror) -> None:
        """Follow on from here. Watchers of another life of the feed will get a snapshot."""
        meta = standing.meta
        self.mirror = mirror
        self.history = History(self.exam, meta.generation, meta.version)
        self.history.recall(standing.earlier)
        self._snapshots.clear()
        self.ready = self.live = True

    def hear(self, heard: Heard) -> None:
        """Take what came. Raises Torn when this is not how it goes on."""
        meta, history = heard.meta, self.history
        if meta is None or heard.torn or meta.generation != history.generation:
            raise Torn("the feed began anew")
        if not meta.here:
            raise Torn("the server began anew, or is another one")
        if meta.version < history.head:
            raise Torn("the feed was turned back")
        for entry in heard.entries:
            try:
                history.append(entry)
            except Gap as gap:
                raise Torn(str(gap)) from gap
            self.mirror.take(entry.pieces)
            self.urgent = self.urgent or entry.urgent
        if heard.entries:
            self._snapshots.clear()
            self._note_age(heard.entries[0].at)

    # --- what goes out --------------------------------------------------------------------------

    def admit(self, watcher: Watcher, version: str | None) -> None:
        """Let a watcher go on from the version it knows, or else from a snapshot."""
        known = None if version is None else version_of(version)
        if known and known[0] == self.history.generation and self.history.covers(known[1]):
            watcher.resume(*known)
        else:
            self._restart(watcher)
        self.watchers.append(watcher)

    def due_at(self, rows_ms: int) -> int | None:
        """When watchers are to be served next (ms); None if all have everything."""
        if not self.ready or not any(self._behind(watcher) for watcher in self.watchers):
            return None
        return 0 if self.urgent else self.forwarded_at + rows_ms

    def forward(self, now: int) -> None:
        """Serve every watcher as far as its line takes it."""
        self.forwarded_at, self.urgent = now, False
        for watcher in list(self.watchers):
            try:
                self._serve(watcher, now)
            except Exception:  # one line's defect is not the others'
                log.exception("a watcher could not be served", exam=self.exam)
                watcher.cut = True
            if watcher.cut:
                self.dismiss(watcher)
                watcher.sink.cut()
        if self.oldest_at is not None:
            metrics.MONITOR_FANOUT_SECONDS.observe(max(0, now - self.oldest_at) / 1_000)
            self.oldest_at = None

    def dismiss(self, watcher: Watcher) -> None:
        """It watches no more."""
        if watcher in self.watchers:
            self.watchers.remove(watcher)

    def _serve(self, watcher: Watcher, now: int) -> None:
        while watcher.ready(now) and self._behind(watcher):
            if watcher.snapshot and watcher.generation == self.history.generation:
                watcher.send_part()
                metrics.MONITOR_DELTAS.labels("snapshot").inc()
            else:
                self._catch_up(watcher)
        if watcher.cut:
            metrics.SLOW_READERS_CUT.inc()

    def _catch_up(self, watcher: Watcher) -> None:
        """Everything it missed, in as few events as can be; a snapshot if some of it is gone."""
        history = self.history
        if watcher.generation != history.generation or not history.covers(watcher.position):
            self._restart(watcher)
            return
        for said in history.since(watcher.position, watcher.sent, watcher.halls):
            watcher.send(said)
            metrics.MONITOR_DELTAS.labels(said.event).inc()
        watcher.position = history.head

    def _restart(self, watcher: Watcher) -> None:
        history, halls = self.history, watcher.halls
        if halls not in self._snapshots:
            if len(self._snapshots) >= SNAPSHOTS_MAX:
                self._snapshots.clear()
            parts = self.mirror.snapshot(history.generation, history.head, halls)
            self._snapshots[halls] = parts
        watcher.restart(history.generation, history.head, self._snapshots[halls])

    def _behind(self, watcher: Watcher) -> bool:
        return watcher.behind(self.history.generation, self.history.head)

    def _note_age(self, at: int) -> None:
        if self.watchers:
            self.oldest_at = at if self.oldest_at is None else min(self.oldest_at, at)

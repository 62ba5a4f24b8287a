"""Follows the feeds of watched exams: begins them, reads them, has watchers served.

A part of `service.py`. One connection waits for the news of all exams. Whatever is odd about a
feed - gone, begun anew, turned back, a hole, another server - has one answer: read it from the
start, and begin a new generation if it is not sound.
"""

import asyncio
import functools
import secrets
from collections.abc import Awaitable, Callable

from examsync.errors import ExamError, Unavailable
from examsync.infra.log import logger
from examsync.monitor.feed import Heard, Meta, Standing
from examsync.monitor.follow import Followed, Torn
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import stored
from examsync.monitor.store import FeedStore
from protocol.problems import Code

PATIENCE_S = 5.0
"""How long `watch` waits for a feed to begin; a large exam is read from Postgres in about one."""
LINGER_MS = 60_000
"""An exam nobody here watches any more is followed for so long, for those who come back."""
AGAIN_S = 0.25
AGAIN_S_MAX = 2.0
FILLED_ELSEWHERE_S = 0.1
PIECES_PER_SLICE = 500
"""Taken without letting answers in between: about two milliseconds."""

log = logger(__name__)

Fill = Callable[[str, str], Awaitable[None]]
"""Put in what Postgres knows: (exam, generation). Raises Unavailable."""


class Following:
    """The exams that are followed in this process."""

    def __init__(
        self, store: FeedStore, fill: Fill, *, process: str, now: Callable[[], int], rows_ms: int
    ) -> None:
        self.exams: dict[str, Followed] = {}
        self.sound_since: int | None = None
        """Since when Redis has been heard without a break (ms)."""
        self._store = store
        self._fill = fill
        self._process = process
        self._now = now
        self._rows_ms = rows_ms
        self._attaching: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._some = asyncio.Event()

    async def get(self, exam: str) -> Followed:
        """The exam, ready to be watched. Raises ExamError `unavailable` when that takes long."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (followed := self._wanted(exam)).ready:
                    await asyncio.shield(self._attach(followed))
        except TimeoutError:
            raise ExamError(
                Code.UNAVAILABLE, "the monitor is being set up", retry_after_ms=1_000
            ) from None
        return followed

    def _wanted(self, exam: str) -> Followed:
        """The exam, followed from now on, for a while at least."""
        followed = self.exams.get(exam)
        if followed is None:
            followed = self.exams[exam] = Followed(exam)
        followed.alone_since = self._now()
        return followed

    def wake(self) -> None:
        """There is something to send."""
        self._news.set()

    def drop_alone(self) -> None:
        """Follow no longer what nobody has watched for a while."""
        now = self._now()
        for exam, followed in list(self.exams.items()):
            if followed.watchers:
                followed.alone_since = None
            elif followed.alone_since is None:
                followed.alone_since = now
            elif now - followed.alone_since >= LINGER_MS:
                del self.exams[exam]

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._attaching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- loops ----------------------------------------------------------------------------------

    async def run_hearing(self) -> None:
        """Take the news of all exams, for ever."""
        while True:
            await self._some.wait()
            positions = {e: f.history.head for e, f in self.exams.items() if f.ready}
            if not positions:
                self._some.clear()
                continue
            try:
                heard = await self._store.hear(positions)
            except Unavailable as error:
                self._deaf(error)
                await asyncio.sleep(AGAIN_S)
                continue
            self.sound_since = self._now() if self.sound_since is None else self.sound_since
            for exam, news in heard.items():
                self._take(exam, positions[exam], news)
            self._news.set()

    async def run_forwarding(self) -> None:
        """Serve watchers whenever there is something and it is time, for ever."""
        while True:
            self._news.clear()
            now, soonest = self._now(), None
            for followed in list(self.exams.values()):
                due_at = followed.due_at(self._rows_ms)
                if due_at is not None and due_at <= now:
                    followed.forward(now)
                    due_at = followed.due_at(self._rows_ms)
                if due_at is not None:
                    soonest = due_at if soonest is None else min(soonest, due_at)
            await self._wait(None if soonest is None else max(1, soonest - now) / 1_000)

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    # --- news -----------------------------------------------------------------------------------

    def _take(self, exam: str, position: int, news: Heard) -> None:
        followed = self.exams.get(exam)
        if followed is None or not followed.ready or followed.history.head != position:
            return  # read from the start meanwhile
        try:
            followed.hear(news)
            followed.live = True
        except Torn as torn:
            log.info("a monitor's feed is read from the start", exam=exam, why=str(torn))
            followed.ready = followed.live = False
            self._attach(followed)

    def _deaf(self, error: Unavailable) -> None:
        if self.sound_since is not None:
            log.warning("the monitor's feeds cannot be heard", why=str(error))
        self.sound_since = None
        for followed in self.exams.values():
            followed.live = False

    # --- beginning ------------------------------------------------------------------------------

    def _attach(self, followed: Followed) -> asyncio.Task[None]:
        """Read the feed from the start, once for all who ask."""
        task = self._attaching.get(followed.exam)
        if task is None or task.done():
            task = self._attaching[followed.exam] = asyncio.create_task(self._attached(followed))
            task.add_done_callback(functools.partial(self._ended, followed.exam))
        return task

    def _ended(self, exam: str, task: asyncio.Task[None]) -> None:
        if self._attaching.get(exam) is task:
            del self._attaching[exam]

    async def _attached(self, followed: Followed) -> None:
        """Try until it is there, or nobody wants it any more."""
        pause_s = AGAIN_S
        while self.exams.get(followed.exam) is followed:
            try:
                standing = await self._standing(followed)
                followed.begin(standing, await self._mirrored(standing, followed.exam))
                break
            except Unavailable as error:
                log.info("a monitor's feed cannot begin yet", exam=followed.exam, why=str(error))
            except Exception:
                log.exception("a monitor's feed could not begin", exam=followed.exam)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, AGAIN_S_MAX)
        self._some.set()
        self._news.set()

    async def _standing(self, followed: Followed) -> Standing:
        """The feed as it stands, begun and filled if need be."""
        exam = followed.exam
        while True:
            meta = await self._store.meta(exam)
            if meta is None or not self._sound(followed, meta):
                was = "" if meta is None else meta.generation
                await self._store.begin(exam, was, secrets.token_hex(4))
            elif meta.filled:
                standing = await self._store.standing(exam)
                if standing is not None and self._whole(followed, standing.meta):
                    return standing
                await asyncio.sleep(FILLED_ELSEWHERE_S)
            elif await self._store.claim_filling(exam, self._process):
                await self._fill(exam, meta.generation)
            else:
                await asyncio.sleep(FILLED_ELSEWHERE_S)

    def _sound(self, followed: Followed, meta: Meta) -> bool:
        """A feed lives on one server, and never goes backwards."""
        back = meta.generation == followed.history.generation and (
            meta.version < followed.history.head
        )
        return meta.here and not back

    def _whole(self, followed: Followed, meta: Meta) -> bool:
        """What was read as standing may come from another server than the one that was asked
        about it, and then it is another feed, though it has the same name."""
        return meta.filled and self._sound(followed, meta)

    async def _mirrored(self, standing: Standing, exam: str) -> Mirror:
        mirror = Mirror(exam)
        for start in range(0, len(standing.values), PIECES_PER_SLICE):
            mirror.take(stored(each) for each in standing.values[start : start + PIECES_PER_SLICE])
            await asyncio.sleep(0)
        return mirror

"""What an event asks for that takes time: done in the order it came, one at a time per session.

Called by the handlers of `examiner` for everything that has to wait for storage.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from examsync.edge.sockets.door import Ack
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError, Unavailable
from examsync.infra.log import logger
from protocol.from_server import Refused
from protocol.problems import Code, problem

log = logger(__name__)

ERRANDS_PER_SESSION_MAX = 32
"""An examiner who clicks faster than storage answers is asked to wait."""

Work = Callable[[], Awaitable[object]]


class Errands:
    """Runs them. Each ends with one ack, also when it fails or is cut off."""

    def __init__(self) -> None:
        self._queues: dict[Session, deque[tuple[Work, Ack]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, session: Session, ack: Ack, work: Work) -> None:
        """Do `work` after what this session asked for before; its result is the ack.

        Raises ExamError RATE_LIMITED when too much waits.
        """
        queue = self._queues.get(session)
        if queue is not None and len(queue) >= ERRANDS_PER_SESSION_MAX:
            raise ExamError(Code.RATE_LIMITED, "wait for the acks", retry_after_ms=1_000)
        if queue is not None:
            queue.append((work, ack))
            return
        self._queues[session] = deque([(work, ack)])
        task = asyncio.get_running_loop().create_task(self._run(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def under_way(self) -> int:
        """How many sessions have errands."""
        return len(self._tasks)

    async def drained(self) -> None:
        """Wait until all errands have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, session: Session) -> None:
        queue = self._queues[session]
        try:
            while queue:
                work, ack = queue.popleft()
                ack(await self._outcome(work, ack))
        finally:
            for _, ack in queue:  # cut off before their turn
                ack(_stopping())
            del self._queues[session]

    async def _outcome(self, work: Work, ack: Ack) -> object:
        try:
            return await work()
        except ExamError as refusal:
            return Refused(refusal.problem)
        except Unavailable as error:
            log.warning("an event found storage away", name=ack.event, error=str(error))
            return Refused(problem(Code.UNAVAILABLE, retry_after_ms=1_000))
        except asyncio.CancelledError:
            # Cut off: say so, whatever was done; an ack without a body would look like success.
            ack(_stopping())
            raise
        except Exception:
            log.exception("an event failed", name=ack.event)
            return Refused(problem(Code.INTERNAL))


def _stopping() -> Refused:
    return Refused(problem(Code.UNAVAILABLE, "the server is stopping", retry_after_ms=1_000))

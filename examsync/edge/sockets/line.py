"""What the edge knows of one connection, whoever carries its bytes: counted, looked after, cut.

`wire.Wire` is carried by ASGI and python-engineio, `lane.lane.Lane` by a transport itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from examsync.access.limit import Bucket, Rate
from examsync.infra import metrics
from examsync.settings import Limits

if TYPE_CHECKING:
    from examsync.edge.sockets.session import Session

FRAME_OVERHEAD_BYTES = 256
"""What a queued frame costs us besides its text: objects and a place in the queue."""
CONTROL = Rate(per_s=1.0, burst=20)
"""Frames that are no events: a pong every 25 s, a few connects. A connect costs a signature."""
BREAK_AFTER_MS = 5_000
"""A connection that was cut and has not ended by then is torn down without good manners."""

PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
"""Close codes of RFC 6455, 7.4.1, and of its registry at IANA."""

LINE = "examsync.line"
"""Under this name the socket server finds the connection in the ASGI scope."""
SLOW = "it does not read what it is sent"


class Line(ABC):
    """A connection. `sessions` are those of the namespaces it has joined; `seen_at` is when its
    last frame came (ms), `address` whom its rate is counted for.
    """

    __slots__ = (
        "_code",
        "_control",
        "_limits",
        "_moved",
        "_moved_at",
        "_now",
        "_unsent_bytes",
        "address",
        "alone_since",
        "cut_at",
        "opened_at",
        "seen_at",
        "sessions",
        "why",
    )

    def __init__(self, address: str, limits: Limits, now: Callable[[], int]) -> None:
        self.sessions: tuple[Session, ...] = ()
        self.address = address
        self.opened_at = self.seen_at = self.alone_since = self._moved_at = now()
        self.cut_at: int | None = None
        self.why = ""
        self._code = 0
        self._now = now
        self._limits = limits
        self._control = Bucket(CONTROL)
        self._unsent_bytes = 0
        self._moved = False

    # --- out --------------------------------------------------------------------------------------

    @property
    def unsent_bytes(self) -> int:
        """What waits to be taken by the network."""
        return self._unsent_bytes

    @abstractmethod
    def push(self, message: bytes) -> bool:
        """Queue a message of ours; False if the connection is ending (or just ended for this)."""

    def _has_room(self, size: int) -> bool:
        """Whether a frame of `size` bytes may be queued; it is counted. If not, the end begins."""
        if self.cut_at is not None:
            return False
        unsent = self._unsent_bytes + size + FRAME_OVERHEAD_BYTES
        if unsent > self._limits.queue_bytes_max:
            self.cut(TRY_AGAIN_LATER, SLOW)
            return False
        self._unsent_bytes = unsent
        return True

    # --- the end ----------------------------------------------------------------------------------

    def is_cut(self) -> bool:
        """Whether the connection is ending."""
        return self.cut_at is not None

    def cut(self, code: int, why: str) -> None:
        """End the connection: what is queued is sent if the client takes it, then it closes."""
        if self.cut_at is not None:
            return
        self.cut_at, self._code, self.why = self._now(), code, why
        self._stop()
        if why is SLOW:
            metrics.SLOW_READERS_CUT.inc()
            self._break()

    @abstractmethod
    def _stop(self) -> None:
        """It has been cut: read no more, close when all is written."""

    @abstractmethod
    def _break(self) -> None:
        """Nothing can be written any more: let the transport go."""

    def look(self, now: int) -> None:
        """Called every second or so: cut what joins nothing, takes nothing, or does not end."""
        if self._moved or not self._unsent_bytes:
            self._moved, self._moved_at = False, now
        if self.cut_at is not None:
            if now - self.cut_at > BREAK_AFTER_MS:
                self._break()
        elif self._unsent_bytes and now - self._moved_at > self._limits.queue_wait_s * 1_000:
            self.cut(TRY_AGAIN_LATER, SLOW)
        elif not self.sessions and now - self.alone_since > self._limits.namespace_wait_s * 1_000:
            self.cut(POLICY_VIOLATION, "join a namespace, or do not connect")

    # --- namespaces -------------------------------------------------------------------------------

    def joined(self, session: "Session") -> None:
        """One more namespace."""
        self.sessions = (*self.sessions, session)

    def left(self, session: "Session") -> None:
        """One namespace less."""
        self.sessions = tuple(each for each in self.sessions if each is not session)
        self.alone_since = self._now()

    def session_in(self, namespace: str) -> "Session | None":
        """Who speaks on this connection in a namespace; None for one that was not joined."""
        for session in self.sessions:
            if session.namespace == namespace:
                return session
        return None

"""Small makers for tests of the socket side that need no server: a wire to nowhere, a session."""

import asyncio
from typing import Any

from examsync.access.limit import Bucket, Rate
from examsync.access.token import Identity
from examsync.edge.sockets.line import Line
from examsync.edge.sockets.session import STRIKES, Session
from examsync.edge.sockets.wire import ABORT, Wire
from examsync.settings import Limits
from protocol.from_client import NAMESPACE_EXAM, Client
from protocol.types import Role

NOW = 1_800_000_000_000
HOUR_MS = 3_600_000


class HandTime:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.ms = NOW

    def now(self) -> int:
        return self.ms


class Far:
    """The far end of a wire: what it sends comes in by `frames`, what it is sent is in `got`.

    It stops reading while `reads` is not set.
    """

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.got: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.aborted = False

    async def receive(self) -> dict[str, Any]:
        return await self.frames.get()

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.got.append(dict(message))

    def says(self, text: str) -> None:
        self.frames.put_nowait({"type": "websocket.receive", "text": text})

    def abort(self) -> None:
        self.aborted = True


def wire(far: Far, time: HandTime, **limits: Any) -> Wire:
    """A wire between python-engineio's place and the far end."""
    scope = {"type": "websocket", "extensions": {ABORT: far.abort}}
    return Wire(scope, far.receive, far.send, Limits(**limits), time.now)


def identity(subject: str = "asha", role: Role = Role.CANDIDATE, **changes: Any) -> Identity:
    """Somebody whose token holds for an hour."""
    fields: dict[str, Any] = {
        "exams": frozenset({"exam-1"}),
        "halls": frozenset(),
        "issued_at": NOW,
        "expires_at": NOW + HOUR_MS,
        "jti": f"jti-{subject}",
    }
    return Identity(subject, role, **{**fields, **changes})


def session(line: Line, who: Identity | None = None, *, per_s: float = 20, burst: int = 100) -> Any:
    """A session in `/exam`."""
    bucket = Bucket(Rate(per_s, burst))
    client = Client("browser-1")
    who = who or identity()
    return Session("sid-1", NAMESPACE_EXAM, line, who, client, bucket, Bucket(STRIKES))

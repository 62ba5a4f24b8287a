"""Clients that ask over HTTP on connections they keep: raw requests and an asyncio protocol, some
20 microseconds each. A closed loop (rate 0) or an open one, timed from when each was due.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct, field

from loadtest.served import NotServed
from loadtest.swarm.rows import Histogram

HOST = "127.0.0.1"
DUE_MAX = 5_000
"""Requests that wait for a free connection; those beyond are not sent, and that is told."""
LOOK_S = 0.002
END_WITHIN_S = 30.0


class Ask(Struct, frozen=True):
    """What to do: these requests in turns, over so many connections, at a rate (0: as fast as each
    connection goes), for so long after a warm-up."""

    requests: list[bytes]
    connections: int
    rate: int = 0
    warm_s: float = 1.0
    for_s: float = 5.0


class Asked(Struct):
    """What came of it. `cpu_s`: of the server, `own_s`: of ourselves, both within the window."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    own_s: float = 0.0
    dropped: int = 0
    answered: Histogram = field(default_factory=Histogram)
    statuses: dict[int, int] = {}

    @property
    def cpu_us(self) -> float:
        """Of the server, for each answered request."""
        return 1e6 * self.cpu_s / max(self.answered.count, 1)

    @property
    def per_s(self) -> float:
        """Requests answered a second."""
        return self.answered.count / self.seconds if self.seconds else 0.0

    def percentile_ms(self, per_cent: float) -> float:
        """Of the times they took; 0 of none."""
        return self.answered.percentile(per_cent) or 0.0


def request(path: str, token: str) -> bytes:
    """One that is asked again and again (pure)."""
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n\r\n"
    return head.encode()


def split(data: bytes) -> tuple[int, int] | None:
    """The status of the first whole response, and how many bytes it is; None if there is more to
    come (pure)."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    at = data.lower().find(b"content-length:", 0, end)
    length = int(data[at + 15 : data.find(b"\r\n", at)]) if at >= 0 else 0
    size = end + 4 + length
    return (int(data[9:12]), size) if len(data) >= size else None


class Line(asyncio.Protocol):
    """One connection, with one request under way at a time."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._transport: asyncio.Transport | None = None
        self._in = b""
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can be used."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._crowd.free(self)

    def data_received(self, data: bytes) -> None:
        """More of the response that is awaited."""
        self._in += data
        found = split(self._in)
        if found is not None:
            status, size = found
            self._in = self._in[size:]
            self._crowd.answered(status, self._due)
            self._crowd.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up, or we did."""
        self._crowd.gone(self)

    def ask(self, what: bytes, due: float) -> None:
        """Send a request that was due at this time."""
        assert self._transport is not None
        self._due = due
        self._transport.write(what)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


class Crowd:
    """All connections of one window."""

    def __init__(self, ask: Ask) -> None:
        self.found = Asked()
        self.lost = 0
        self._ask = ask
        self._turn = 0
        self._idle: deque[Line] = deque()
        self._due: deque[float] = deque()
        self._lines: list[Line] = []
        self._counting = self._ending = False

    async def run(self, port: int, cpu_s: Callable[[], float]) -> Asked:
        """One window. Raises NotServed if a connection cannot be made or is lost."""
        loop = asyncio.get_running_loop()
        for _ in range(self._ask.connections):
            try:
                _, line = await loop.create_connection(lambda: Line(self), HOST, port)
            except OSError as error:
                raise NotServed(f"No connection to port {port}: {error}.") from error
            self._lines.append(line)
        try:
            await self._drive(time.perf_counter() + self._ask.warm_s)
            began, used, own = time.perf_counter(), cpu_s(), time.process_time()
            self._counting = True
            await self._drive(began + self._ask.for_s)
            self._counting = False
            self.found.seconds = time.perf_counter() - began
            self.found.cpu_s, self.found.own_s = cpu_s() - used, time.process_time() - own
        finally:
            self._ending = True
            for line in self._lines:
                line.close()
        if self.lost:
            raise NotServed(f"{self.lost} connections were lost.")
        return self.found

    async def _drive(self, until: float) -> None:
        """Let requests become due until then."""
        rate, due = self._ask.rate, time.perf_counter()
        while (now := time.perf_counter()) < until:
            while rate and due <= now:
                self._put(due)
                due += 1 / rate
            await asyncio.sleep(LOOK_S if rate else min(0.1, until - now))

    def _put(self, due: float) -> None:
        if self._idle:
            self._send(self._idle.popleft(), due)
        elif len(self._due) < DUE_MAX:
            self._due.append(due)
        elif self._counting:
            self.found.dropped += 1

    def free(self, line: Line) -> None:
        """It may be used for the next request."""
        if self._ending:
            return
        if not self._ask.rate:
            self._send(line, time.perf_counter())
        elif self._due:
            self._send(line, self._due.popleft())
        else:
            self._idle.append(line)

    def answered(self, status: int, due: float) -> None:
        """A request that was due then has its response."""
        if self._counting:
            self.found.answered.add((time.perf_counter() - due) * 1_000)
            self.found.statuses[status] = self.found.statuses.get(status, 0) + 1

    def gone(self, line: Line) -> None:
        """It is lost, unless we end."""
        if not self._ending:
            self.lost += 1
            if line in self._idle:
                self._idle.remove(line)

    def _send(self, line: Line, due: float) -> None:
        line.ask(self._ask.requests[self._turn % len(self._ask.requests)], due)
        self._turn += 1

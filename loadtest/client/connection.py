"""The asyncio shell of a session: does over WebSocket what it asks for, and tells it what happens.

It speaks Socket.IO itself (wire.py) instead of through python-socketio's AsyncClient: tried with
300 clients, that took 416 us of CPU and an aiohttp session per call against 258 us for this, and
it answers to nobody when a handler fails; here an ack is exactly what came over the wire, and a
client can be cut like a browser that crashed.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from loadtest.client import wire
from loadtest.client.actions import Action, Dial, HangUp, Send
from loadtest.client.session import Session
from loadtest.client.websocket import WebSocket
from protocol.from_client import NAMESPACE_EXAM, Auth, Client

SILENCE_MAX_S = 45.0
"""Until the server says how often it pings: the defaults of Engine.IO, 25 s and 20 s."""


class Connection:
    """One client instance on the network. Make it, and use it, inside a running event loop.

    `token` is asked at every dial. `save` is given the outbox before anything in it is sent.
    """

    def __init__(
        self,
        session: Session,
        url: str,
        token: Callable[[], str],
        client: Client,
        save: Callable[[bytes], None] = lambda stored: None,
    ) -> None:
        self.session = session
        self.online = True
        self.dials = 0
        self._url = wire.socket_url(url)
        self._token = token
        self._client = client
        self._save = save
        self._saved = -1
        self._loop = asyncio.get_running_loop()
        self._zero_ms = time.time() * 1_000 - self._loop.time() * 1_000
        self._socket: WebSocket | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._silence_max_s = SILENCE_MAX_S
        self._heard_at = 0.0
        self._news = asyncio.Event()
        self._ended = False

    def now(self) -> int:
        """This device's clock: ms since 1970 at the start, steady from there on."""
        return int(self._zero_ms + self._loop.time() * 1_000)

    def open(self) -> None:
        """Begin."""
        self.do(self.session.open(self.now()))

    def do(self, actions: list[Action]) -> None:
        """Carry out what the session asked for, in order; what must survive is saved first."""
        if self._ended:
            return
        outbox = self.session.outbox
        if outbox.changes != self._saved:
            self._saved = outbox.changes
            self._save(outbox.dump())
        for action in actions:
            match action:
                case Dial():
                    self._dial()
                case HangUp():
                    self._drop()
                case Send():
                    self._send(action)
        self._schedule()
        self._news.set()

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Wait for news that makes `true` so; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        return true()

    def set_online(self, online: bool) -> None:
        """The device's network goes or comes back."""
        self.online = online
        if online:
            self.do(self.session.online(self.now()))
        elif self._socket is not None:
            self._drop(politely=False)
            self.do(self.session.disconnected(self.now()))

    def end(self, *, politely: bool) -> None:
        """The process ends, by itself or not: nothing happens here after that."""
        self._ended = True
        self._drop(politely=politely)
        if self._timer is not None:
            self._timer.cancel()
        self._news.set()

    # --- sending

    def _dial(self) -> None:
        self._drop()
        self.dials += 1
        if not self.online:
            self._loop.call_soon(self._could_not_dial)
            return
        self._socket = WebSocket(self._url, self)
        self._dialling = self._loop.create_task(self._socket.open())

    def _could_not_dial(self) -> None:
        if self._socket is None and not self.online:
            self.do(self.session.disconnected(self.now()))

    def _send(self, send: Send) -> None:
        if self._socket is not None:
            self._socket.send(wire.event(NAMESPACE_EXAM, send.event, send.body, send.ticket))

    def _drop(self, *, politely: bool = True) -> None:
        socket, self._socket = self._socket, None
        if self._silence is not None:
            self._silence.cancel()
        if socket is not None:
            socket.close() if politely else socket.abort()

    # --- what the socket tells

    def opened(self, socket: WebSocket) -> None:
        """The WebSocket stands; Engine.IO will greet."""
        self._heard_at = self._loop.time()
        self._watch()

    def received(self, socket: WebSocket, text: str) -> None:
        """A frame."""
        self._heard_at = self._loop.time()
        try:
            frame = wire.read(text)
        except wire.Unreadable:
            self._drop(politely=False)
            self.do(self.session.disconnected(self.now()))
            return
        self._take(socket, frame)

    def lost(self, socket: WebSocket) -> None:
        """The connection is gone, or could not be made."""
        self._drop(politely=False)
        self.do(self.session.disconnected(self.now()))

    def _take(self, socket: WebSocket, frame: wire.Frame | None) -> None:
        match frame:
            case wire.Opened():
                self._silence_max_s = (frame.ping_interval + frame.ping_timeout) / 1_000
                self.session.outbox.bytes_max = frame.max_payload
                auth = Auth(self._token(), self._client)
                socket.send(wire.connect(NAMESPACE_EXAM, auth))
            case wire.Ping():
                socket.send(wire.PONG)
            case wire.Connected():
                self.do(self.session.connected(self.now()))
            case wire.Refused():
                self._drop()
                self.do(self.session.refused(frame.data, self.now()))
            case wire.Ended():
                self.lost(socket)
            case wire.Event():
                self.do(self.session.heard(frame.name, frame.body, self.now()))
            case wire.Ack():
                self.do(self.session.replied(frame.id, frame.body, self.now()))

    # --- time

    def _watch(self) -> None:
        """No ping when one was due: the connection is dead, whatever TCP believes."""
        if self._socket is None:
            return
        silent_s = self._loop.time() - self._heard_at
        if silent_s > self._silence_max_s:
            self.lost(self._socket)
        else:
            wait = self._silence_max_s - silent_s + 0.1
            self._silence = self._loop.call_later(wait, self._watch)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._ended:
            return
        now = self.now()
        at = self.session.next_at(now)
        if at is not None:
            self._timer = self._loop.call_later(max(at - now, 0) / 1_000, self._tick)

    def _tick(self) -> None:
        self.do(self.session.tick(self.now()))

"""`examsync monitor`: an exam live in the terminal, over the wire like any examiner's client.

It needs nothing of the server but its URL and a token: settings, Redis and Postgres are not read.
"""

import asyncio
import importlib.util
import sys
import uuid
from collections.abc import Callable
from typing import Any

import click
import msgspec
import socketio
from msgspec import Struct
from rich.console import Console
from rich.live import Live

from examsync import __version__
from examsync.cli.board import screen
from examsync.cli.options import json_option
from examsync.clock import RedisClock
from examsync.errors import ExamError
from examsync.monitor.delta import Board, Outcome, take
from protocol.from_client import NAMESPACE_MONITOR, Auth, Client, Watch
from protocol.from_server import EVENTS_TO_EXAMINER, Refused, Watched
from protocol.problems import Code, Problem
from protocol.version import LEVEL

WITHIN_S = 15.0
"""How long a connection or an ack may take."""
DRAW_S = 0.25
LINES_AROUND = 8
"""Of the terminal's height, what is not rows."""

Heard = Callable[[str, Any], None]


class _Refusal(Struct, frozen=True):
    """What Socket.IO says of a connection that was refused."""

    data: Problem


@click.command()
@click.argument("exam")
@click.option(
    "--url", envvar="EXAMSYNC_URL", default="http://127.0.0.1:8000", show_default=True,
    help="Where the server is ($EXAMSYNC_URL).",
)  # fmt: skip
@click.option(
    "--token", envvar="EXAMSYNC_TOKEN", required=True, metavar="TEXT",
    help="An examiner's or admin's token ($EXAMSYNC_TOKEN); `-` reads it from standard input.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Show it once, when it is whole, and stop.")
@json_option
def command(exam: str, url: str, token: str, once: bool, as_json: bool) -> None:
    """Show EXAM live: who is there, how far, who needs somebody; the greatest trouble first.

    With --json every event is one line, {"event": ..., "body": ...}: first the parts of a
    snapshot (roster), then changes.
    """
    if importlib.util.find_spec("aiohttp") is None:
        raise click.ClickException("python-socketio's client needs aiohttp: pip install aiohttp")
    text = sys.stdin.read().strip() if token == "-" else token
    viewer = Viewer(url, text, exam, print_line if as_json else None)
    asyncio.run(shown(viewer, once=once, drawn=not as_json))


def print_line(event: str, body: Any) -> None:
    """One event as one line, at once: programs read along."""
    click.echo(msgspec.json.encode({"event": event, "body": body}))
    sys.stdout.flush()


async def shown(viewer: "Viewer", *, once: bool, drawn: bool) -> None:
    """Connect and show, until interrupted or the server refuses."""
    try:
        await viewer.connect()
        if once or not drawn:
            await viewer.until_whole()
        if once:
            if drawn:
                Console().print(viewer.screen(sys.maxsize))
            return
        await (drawing(viewer) if drawn else viewer.ended.wait())
        viewer.raise_failure()
    finally:
        await viewer.close()


async def drawing(viewer: "Viewer") -> None:
    """Draw a few times a second."""
    console = Console()
    rows = max(1, console.height - LINES_AROUND)
    with Live(viewer.screen(rows), console=console, auto_refresh=False, screen=True) as live:
        while not viewer.ended.is_set():
            live.update(viewer.screen(max(1, console.height - LINES_AROUND)), refresh=True)
            await asyncio.sleep(DRAW_S)


class Viewer:
    """An examiner's client: connects, watches, merges, and watches again whenever that is due."""

    def __init__(self, url: str, token: str, exam: str, heard: Heard | None) -> None:
        self.board = Board(exam)
        self.title = exam
        self.clock = RedisClock()
        self.ended = asyncio.Event()
        self._whole = asyncio.Event()
        self._url = url
        self._auth = msgspec.to_builtins(
            Auth(
                token, Client(f"monitor-{uuid.uuid4().hex}", "examsync monitor", __version__, LEVEL)
            )
        )
        self._heard = heard
        self._heard_at = self.clock.monotonic_s()
        self._failure: Exception | None = None
        self._missed = False
        self._watching: asyncio.Task[None] | None = None
        self._socket: Any = None

    async def connect(self) -> None:
        """Connect and ask for the exam. Raises ExamError with the server's reason, or
        ClickException when there is no server."""
        self._socket = self._made()
        try:
            await self._socket.connect(
                self._url,
                auth=self._auth,
                transports=["websocket"],
                namespaces=[NAMESPACE_MONITOR],
                wait_timeout=WITHIN_S,
            )
        except socketio.exceptions.ConnectionError as error:
            self.raise_failure()
            raise click.ClickException(f"{self._url}: {error}") from None

    def _made(self) -> Any:
        """The client, with a session of ours: its own is left open when it cannot connect."""
        import aiohttp

        self._session = aiohttp.ClientSession()
        made = socketio.AsyncClient(  # Ctrl-C is asyncio's: the client's own way stops the loop
            reconnection_delay_max=10, http_session=self._session, handle_sigint=False
        )
        made.on("connect", self._connected, namespace=NAMESPACE_MONITOR)
        made.on("connect_error", self._refused, namespace=NAMESPACE_MONITOR)
        made.on("*", self._take, namespace=NAMESPACE_MONITOR)
        return made

    async def until_whole(self) -> None:
        """Wait until the snapshot is there. Raises ExamError when the exam is refused."""
        waits = [asyncio.create_task(event.wait()) for event in (self._whole, self.ended)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.raise_failure()

    def raise_failure(self) -> None:
        """Raise what ended this: ExamError if the server has said no."""
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """Leave."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._socket is not None:
            await self._socket.shutdown()
            await self._session.close()

    def screen(self, rows_max: int) -> Any:
        """What to draw now."""
        silent_ms = int((self.clock.monotonic_s() - self._heard_at) * 1_000)
        now = self.clock.now()
        return screen(self.board, self.title, now=now, silent_ms=silent_ms, rows_max=rows_max)

    # --- called by the socket -------------------------------------------------------------------

    async def _take(self, event: str, body: Any) -> None:
        """An event of the feed. A failure ends the command: the socket would only log it."""
        self._heard_at = self.clock.monotonic_s()
        try:
            if self._heard is not None:
                self._heard(event, body)
            if event in EVENTS_TO_EXAMINER:  # a newer server may say more than we know
                self._merge(msgspec.convert(body, EVENTS_TO_EXAMINER[event]))
        except Exception as error:
            self._end(error)

    def _merge(self, event: object) -> None:
        if take(self.board, event) is Outcome.GAP:
            self._missed = True
            self._watch_soon()
        elif self.board.version is not None:
            self._whole.set()

    async def _connected(self) -> None:
        """There is a connection, the first or a later one."""
        self._watch_soon()

    def _watch_soon(self) -> None:
        """Watch, apart from the reader of the socket, which has to read the ack."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())

    async def _refused(self, said: Any) -> None:
        """The connection was refused: a problem ends it unless it passes; anything else is for
        the socket to try again."""
        try:
            problem = msgspec.convert(said, _Refusal).data
        except msgspec.ValidationError:
            return
        if not problem.retry or problem.code is Code.TOKEN_EXPIRED:
            self._end(ExamError(problem.code, problem.detail))

    async def _watch(self) -> None:
        """Ask for the exam, from the version at hand; again while the server is not ready, or
        when something was missed meanwhile."""
        while not self.ended.is_set():
            self._missed = False
            asked = self.clock.monotonic_s()
            try:
                ack = await self._socket.call(
                    "watch",
                    msgspec.to_builtins(Watch(self.board.exam, self.board.version)),
                    namespace=NAMESPACE_MONITOR,
                    timeout=WITHIN_S,
                )
            except socketio.exceptions.SocketIOError:
                return  # the next connection asks again
            if ack["ok"]:
                self._watched(msgspec.convert(ack, Watched), asked)
            elif not await self._waited(msgspec.convert(ack, Refused).problem):
                return
            if ack["ok"] and not self._missed:
                return

    def _watched(self, watched: Watched, asked: float) -> None:
        self.title = watched.title
        self._heard_at = answered = self.clock.monotonic_s()
        self.clock.set(watched.server_time, asked=asked, answered=answered)

    async def _waited(self, problem: Problem) -> bool:
        """Wait as long as the server asks to; False if asking again is of no use."""
        if not problem.retry:
            self._end(ExamError(problem.code, problem.detail))
            return False
        await asyncio.sleep((problem.retry_after_ms or 1_000) / 1_000)
        return True

    def _end(self, error: Exception) -> None:
        self._failure = error
        self.ended.set()

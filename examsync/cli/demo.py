"""`examsync demo`: real servers, a real bank, a live exam with bots, in one command."""

import asyncio
import json
import signal
import socket
import threading
import time
from pathlib import Path
from types import FrameType

import click
import msgspec

from examsync import config
from examsync.cli.demonstration import hall, processes
from examsync.cli.demonstration.hall import Hall, Plan
from examsync.cli.demonstration.processes import Bots, Server
from examsync.cli.demonstration.tally import Tally, tally
from examsync.cli.options import print_json
from examsync.cli.running import opened
from examsync.devstack import Stack
from examsync.infra.migrations import migrate

FOLDER = Path(".dev/demo")
PORT = 8000
GRACE_MS = 2_000
OPEN_ENDED_S = 20 * 60
"""How long the exam lasts when nobody says how long the demo should."""
EXAM_SHARE = 0.55
"""Of a bounded demo: the rest is for starting, late answers, the sweep, grading and stopping."""
BOTS_SHARE = 0.92
LOOK_S = 0.5


@click.command()
@click.option("--bank", "bank_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--candidates", type=click.IntRange(1, 2_000), default=40, show_default=True)
@click.option("--for", "seconds", type=click.IntRange(15, 3_600), help="Stop after so long.")
@click.option("--kill", is_flag=True, help="Kill the server with -9 twice meanwhile.")
@click.option("--seed", type=int, default=1, show_default=True, help="The bots' behaviour.")
@click.option("--port", type=int, help=f"Where to serve (default: {PORT}, or a free one).")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object, say nothing else.")
def command(**said: object) -> None:
    """Start everything, seat bots, and show a live exam until Ctrl-C (or for --for seconds).

    Exit code 0 only if no acknowledged answer was lost, counted from the bots' own records
    against Postgres after the server has stopped.
    """
    demo = Demo(said)
    signal.signal(signal.SIGINT, demo.interrupted)
    signal.signal(signal.SIGTERM, demo.interrupted)
    result = demo.run()
    if demo.as_json:
        print_json(result)
    else:
        demo.say_result(result)
    if result.lost:
        raise click.exceptions.Exit(1)


class Demo:
    """One demonstration, from the first server to the last count."""

    def __init__(self, said: dict[str, object]) -> None:
        seconds, bank_file, port = said["seconds"], said["bank_file"], said["port"]
        self.as_json = bool(said["as_json"])
        self.seconds = seconds if isinstance(seconds, int) else None
        self.kill = bool(said["kill"])
        self.seed = str(said["seed"])
        exam_s = self.seconds * EXAM_SHARE if self.seconds else OPEN_ENDED_S
        self.plan = Plan(
            bank_file if isinstance(bank_file, Path) else None,
            int(str(said["candidates"])),
            round(exam_s * 1_000),
            GRACE_MS,
        )
        self.port = port if isinstance(port, int) else free_port(PORT)
        self.ended = threading.Event()

    def interrupted(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C: stop in good order."""
        self.ended.set()

    def say(self, text: str = "") -> None:
        """For people."""
        if not self.as_json:
            click.echo(text)

    def run(self) -> Tally:
        """All of it."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.say("Starting Valkey and Postgres ...")
        with Stack(FOLDER / "servers") as stack:
            environment = processes.environment(stack.redis_url, stack.database_url)
            settings = config.load(None, environment, {}).config
            asyncio.run(migrate(stack.database_url))
            prepared = asyncio.run(self._prepare(settings))
            server = Server(self.port, environment, FOLDER / "server.log")
            self.say("Starting the server ...")
            server.start()
            bots = self._seat(server, prepared)
            try:
                self._welcome(server, prepared)
                self._watch(server, bots)
            finally:
                self.say("\nStopping: the bots first, then the server ...")
                bots.stop()
                server.stop()
            return asyncio.run(self._tally(settings, prepared, server))

    async def _prepare(self, settings: config.Config) -> Hall:
        async with opened(settings) as app:
            return await hall.prepare(app, self.plan)

    async def _tally(self, settings: config.Config, prepared: Hall, server: Server) -> Tally:
        async with opened(settings) as app:
            return await tally(app, prepared.exam, FOLDER / "bots.json", server.kills)

    def _seat(self, server: Server, prepared: Hall) -> Bots:
        """Start the bots, as a process of ordinary clients."""
        tokens = FOLDER / "tokens.json"
        tokens.write_bytes(msgspec.json.encode(prepared))
        report = FOLDER / "bots.json"
        report.unlink(missing_ok=True)
        seconds = self.seconds * BOTS_SHARE if self.seconds else 24 * 3_600
        arguments = ["--url", server.url, "--exam", prepared.exam, "--tokens", str(tokens)]
        arguments += ["--for", str(seconds), "--report", str(report), "--seed", self.seed]
        return Bots(arguments, FOLDER / "bots.log")

    def _welcome(self, server: Server, prepared: Hall) -> None:
        own = prepared.candidates[0]
        self.say(f"""
An exam is live, with {len(prepared.candidates)} bots. INSECURE: default secrets, for a trial only.

  server      {server.url}    (WebSocket only: transports: ["websocket"])
  exam        {prepared.exam}
  metrics     {server.url}/metrics     readiness {server.url}/readyz?verbose
  logs        {server.log}, {FOLDER / "bots.log"}

  watch it    .venv/bin/examsync monitor {prepared.exam} --url {server.url} \\
                --token {prepared.examiner_token}

  candidate   {own.candidate} ({own.name})
    token     {own.token}
  admin
    token     {prepared.admin_token}
""")

    def _watch(self, server: Server, bots: Bots) -> None:
        """A status line, until the end; and the kills."""
        began = time.monotonic()
        kills = self._kill_times()
        while not self.ended.wait(LOOK_S):
            elapsed = time.monotonic() - began
            if self.seconds is not None and elapsed >= self.seconds:
                return
            if kills and elapsed >= kills[0]:
                del kills[0]
                self.say("\nkill -9 of the server, and again up")
                server.kill()
                server.start()
            if not server.running:
                raise click.ClickException(f"The server has died; see {server.log}.")
            self._status(server, bots, elapsed)

    def _kill_times(self) -> list[float]:
        """When the server is to be killed, in seconds from now: while the bots are at work."""
        if not self.kill:
            return []
        if self.seconds is None:
            raise click.UsageError("--kill needs --for SECONDS.")
        return [self.seconds * 0.25, self.seconds * 0.45]

    def _status(self, server: Server, bots: Bots, elapsed: float) -> None:
        if self.as_json:
            return
        line = status_line(server.metrics())
        state = "bots at work" if bots.running else "bots have gone home"
        click.echo(f"\r{elapsed:5.0f} s  {line}  {state}\033[K", nl=False)

    def say_result(self, result: Tally) -> None:
        """The tally, for people."""
        self.say()
        for name, value in json.loads(msgspec.json.encode(result)).items():
            self.say(f"  {name.replace('_', ' '):26} {value}")
        verdict = "No acknowledged answer was lost." if not result.lost else "ANSWERS WERE LOST."
        self.say(f"\n{verdict}")


def status_line(samples: dict[str, float]) -> str:
    """What is going on, from the server's own metrics (for the eye, not for the count)."""
    connections = samples.get('examsync_connections{namespace="/exam"}', 0)
    answers = samples.get('examsync_events_total{event="answer",outcome="ok"}', 0)
    durable = samples.get("examsync_flush_facts_total", 0)
    closed = sum(v for k, v in samples.items() if k.startswith("examsync_attempts_closed_total"))
    return (
        f"{connections:.0f} connected, {answers:.0f} answers acked, "
        f"{durable:.0f} facts in Postgres, {closed:.0f} closed by the sweep"
    )


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("There is no free port on 127.0.0.1.")

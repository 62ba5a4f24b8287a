"""`examsync demo`: real servers, a real bank, a live exam with bots, in one command."""

import asyncio
import contextlib
import os
import shlex
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click
import msgspec

from examsync import config
from examsync.bank.report import Report
from examsync.cli.demonstration import hall, processes, telling
from examsync.cli.demonstration.hall import Hall, Plan
from examsync.cli.demonstration.processes import Bots, Server
from examsync.cli.demonstration.progress import Follower
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
LINE_S = 10.0
"""Where output is no terminal, the status is a line of its own so often."""
LOGS = ("server.log", "bots.log")


@click.command()
@click.option(
    "--bank", "bank_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV with questions (default: the sample).",
)  # fmt: skip
@click.option(
    "--candidates", type=click.IntRange(1, 2_000), default=40, show_default=True,
    help="How many bots.",
)  # fmt: skip
@click.option(
    "--for", "seconds", type=click.IntRange(15, 3_600), help="Stop after so many seconds."
)
@click.option("--kill", is_flag=True, help="Kill the server with -9 twice meanwhile; needs --for.")
@click.option("--seed", type=int, default=1, show_default=True, help="The bots' behaviour.")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    help=f"Where to serve (default: {PORT}, or a free one).",
)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object, say nothing else.")
def command(**said: object) -> None:
    """Start everything, seat bots, and show a live exam until Ctrl-C (or for --for seconds).

    Exit code 0 only if no acknowledged answer was lost, counted from the bots' own records
    against Postgres after the server has stopped.
    """
    if said["kill"] and said["seconds"] is None:
        raise click.UsageError("--kill needs --for SECONDS.")
    demo = Demo(said)
    signal.signal(signal.SIGINT, demo.interrupted)
    signal.signal(signal.SIGTERM, demo.interrupted)
    result = demo.run()
    if demo.as_json:
        print_json(result)
    else:
        demo.say(telling.last_word(result))
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
        self.port_named = isinstance(port, int)
        self.port = wanted_port(port) if isinstance(port, int) else free_port(PORT)
        self.ended = threading.Event()
        self._line_at = 0.0

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
        self.say(telling.opening(FOLDER, os.environ))
        if self.port != PORT and not self.port_named:
            self.say(f"Port {PORT} is taken: serving on {self.port}.")
        self.say("Starting Valkey and Postgres ...")
        with Stack(FOLDER / "servers") as stack:  # from here on the folder is ours alone
            for name in LOGS:
                (FOLDER / name).unlink(missing_ok=True)
            environment = processes.environment(stack.redis_url, stack.database_url)
            settings = config.load(None, environment, {}).config
            self._go_on()
            asyncio.run(migrate(stack.database_url))
            prepared, report = asyncio.run(self._prepare(settings))
            if self.plan.bank_file:
                self.say(telling.imported(report, self.plan.bank_file))
            server = Server(self.port, environment, FOLDER / LOGS[0])
            self._run(server, prepared, environment)
            return asyncio.run(self._tally(settings, prepared, server))

    def _run(self, server: Server, prepared: Hall, environment: dict[str, str]) -> None:
        """The exam itself; in the end the bots stop first, then the server."""
        with contextlib.ExitStack() as running:
            self._go_on()
            self.say("Starting the server ...")
            running.callback(server.stop)
            server.start()
            bots = self._seat(server, prepared)
            running.callback(bots.stop)
            shortcut = FOLDER / "examsync"
            running.callback(shortcut.unlink, missing_ok=True)
            write_shortcut(shortcut, environment, server.url, prepared.examiner_token)
            places = telling.Places(server.url, FOLDER, shortcut)
            self.say(telling.welcome(prepared, places, self.plan.duration_ms))
            running.callback(self.say, "\nStopping: the bots first, then the server ...")
            own = Follower(environment["EXAMSYNC_DATABASE_URL"], prepared.exam)
            running.callback(own.close)
            self._watch(server, bots, own)

    def _go_on(self) -> None:
        """Raise click's Abort if Ctrl-C came before there was anything to count."""
        if self.ended.is_set():
            self.say("Stopped before the bots had begun: there is nothing to count.")
            raise click.Abort

    async def _prepare(self, settings: config.Config) -> tuple[Hall, Report]:
        async with opened(settings) as app:
            return await hall.prepare(app, self.plan)

    async def _tally(self, settings: config.Config, prepared: Hall, server: Server) -> Tally:
        report = FOLDER / "bots.json"
        if not report.exists():
            self._go_on()
            raise click.ClickException(f"The bots left no report; see {FOLDER / LOGS[1]}.")
        async with opened(settings) as app:
            return await tally(app, prepared.exam, report, server.kills)

    def _seat(self, server: Server, prepared: Hall) -> Bots:
        """Start the bots, as a process of ordinary clients."""
        tokens = (FOLDER / "tokens.json").resolve()
        tokens.write_bytes(msgspec.json.encode(prepared))
        report = (FOLDER / "bots.json").resolve()
        report.unlink(missing_ok=True)
        seconds = self.seconds * BOTS_SHARE if self.seconds else 24 * 3_600
        arguments = ["--url", server.url, "--exam", prepared.exam, "--tokens", str(tokens)]
        arguments += ["--for", str(seconds), "--report", str(report), "--seed", self.seed]
        return Bots(arguments, FOLDER / LOGS[1])

    def _watch(self, server: Server, bots: Bots, own: Follower) -> None:
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
            self._status(server, bots, own, elapsed)

    def _kill_times(self) -> list[float]:
        """When the server is to be killed, in seconds from now: while the bots are at work."""
        return [self.seconds * 0.25, self.seconds * 0.45] if self.kill and self.seconds else []

    def _status(self, server: Server, bots: Bots, own: Follower, elapsed: float) -> None:
        terminal = sys.stdout.isatty()
        if self.as_json or (not terminal and elapsed < self._line_at):
            return
        self._line_at = elapsed + LINE_S
        line = telling.status(elapsed, server.metrics(), own.look(), bots=bots.running)
        click.echo(f"\r{line}\033[K" if terminal else line, nl=not terminal)


def write_shortcut(path: Path, environment: dict[str, str], url: str, token: str) -> None:
    """A program that is `examsync` with this demo's settings; only we may read it."""
    ours = {name: value for name, value in environment.items() if name.startswith("EXAMSYNC_")}
    ours |= {"EXAMSYNC_URL": url, "EXAMSYNC_TOKEN": token}
    lines = ["#!/bin/sh", "# Written by the demo, and deleted in its end."]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in ours.items()]
    lines.append(f'exec {shlex.quote(sys.executable)} -m examsync "$@"')
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "w") as file:
        file.write("\n".join([*lines, ""]))


def wanted_port(port: int) -> int:
    """The port that was asked for. Raises click's UsageError if somebody has it."""
    if free_port(port) != port:
        raise click.UsageError(f"Port {port} is taken; without --port a free one is found.")
    return port


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

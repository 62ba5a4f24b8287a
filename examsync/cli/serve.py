"""`examsync serve`: sockets and HTTP, and by default the work loops too.

With several processes a parent holds the listening socket, starts children that share it, starts
again those that die, and passes signals on.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import click

from examsync.cli.options import with_settings
from examsync.config import Loaded, refuse_unsafe
from examsync.infra import log, metrics_folder

LISTEN_VARIABLE = "EXAMSYNC_LISTEN_FD"
"""How a child learns which of its descriptors is the listening socket."""
BACKLOG = 4_096
AGAIN_FIRST_S = 0.5
AGAIN_S_MAX = 10.0
HEALTHY_S = 30.0
LOOK_S = 0.2


@click.command()
@click.option("--work/--no-work", default=True, help="Flush, sweep and grade here too (default).")
@with_settings
def command(loaded: Loaded, /, *, work: bool) -> None:
    """Serve candidates and examiners, until SIGTERM; then drain, and stop.

    One process runs everything by default. With `--no-work`, run `examsync work` beside it.
    Waits for Redis and Postgres to come up, and says so.
    """
    refuse_unsafe(loaded.config)
    log.configure(loaded.config.log)
    server = loaded.config.server
    inherited = os.environ.get(LISTEN_VARIABLE)
    if inherited is not None:
        _serve(loaded, socket.socket(fileno=int(inherited)), work)
        return
    with metrics_folder.shared(loaded.config.metrics.directory, "serve") as folder:
        listening = _listen(server.host, server.port)
        if server.processes == 1:
            _serve(loaded, listening, work)
        else:
            Family(listening, server.processes, folder).run()


def _serve(loaded: Loaded, listening: socket.socket, work: bool) -> None:
    # Only now: importing it decides where metrics are counted.
    from examsync.web import serve

    serve(loaded.config, listening, work=work)


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises click's UsageError if the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        said = f"Cannot listen on {host}:{port}: {error.strerror}."
        raise click.UsageError(f"{said} Set server.port to another.") from error
    listening.listen(BACKLOG)
    return listening


class Child:
    """One serving process."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.failures = 0
        self.again_at = 0.0


class Family:
    """The parent of several serving processes."""

    def __init__(self, listening: socket.socket, processes: int, folder: Path) -> None:
        self._listening = listening
        self._folder = folder
        self._children = [Child() for _ in range(processes)]
        self._stopping = threading.Event()
        self._log = log.logger(__name__)

    def run(self) -> None:
        """Keep the children running until SIGTERM or SIGINT, then let them drain."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping.is_set():
            for child in self._children:
                self._look_after(child)
            self._stopping.wait(LOOK_S)
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in self._children:
            if child.process is not None:
                child.process.wait()

    def _stop(self, number: int, frame: object) -> None:
        self._stopping.set()

    def _look_after(self, child: Child) -> None:
        """Start it, or start it again, the later the more often it died young."""
        now = time.monotonic()
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return
            metrics_folder.forget_process(self._folder, child.process.pid)
            young = now - child.started < HEALTHY_S
            child.failures = child.failures + 1 if young else 0
            child.again_at = now + min(AGAIN_S_MAX, AGAIN_FIRST_S * 2**child.failures)
            self._log.error("serving process died", code=code, again_in_s=child.again_at - now)
            child.process = None
        if now >= child.again_at:
            child.process = self._start()
            child.started = now

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self._listening.fileno()
        environment = {**os.environ, LISTEN_VARIABLE: str(descriptor)}
        call = [sys.executable, "-m", "examsync", *sys.argv[1:]]
        return subprocess.Popen(call, env=environment, pass_fds=[descriptor])

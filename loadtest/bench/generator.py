"""The generator, `gen.c`: built with cc when it has changed, spoken to a line at a time."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from loadtest.bench.sitting import Sitting
from loadtest.served import NotServed

SOURCE = Path(__file__).with_name("gen.c")
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra")
NO_CC = "./dev bench builds its generator with a C compiler: install gcc or clang, as `cc`."
END_WITHIN_S = 5.0

T = TypeVar("T")


class Spread(Struct, frozen=True):
    """A histogram, in microseconds."""

    n: int
    mean_us: float
    p50_us: int
    p95_us: int
    p99_us: int
    p999_us: int
    max_us: int


class Connected(Struct, frozen=True):
    """How connecting went: so many of so many, each dialled, joined and started.

    `again`: how often somebody was told to try again, and did.
    """

    connected: int
    of: int
    again: int
    seconds: float
    joining: Spread
    fault: str


class Come(Struct, frozen=True):
    """How a crowd came and joined, so many of so many; `joining` is from the first dial to the ack.

    `again`: refusals that ask to be tried again, `sent_away`: refused connections, `cut_off`: those
    that failed on the way; all of them came back. `cpu_s` and `busy` as in a Window.
    """

    joined: int
    of: int
    again: int
    sent_away: int
    cut_off: int
    seconds: float
    joining: Spread
    generator_s: float
    cpu_s: dict[str, float]
    busy: dict[str, float]
    fault: str


class Closes(Struct, frozen=True):
    """How many candidates were told that their attempt is closed, and when the last one was."""

    told: int
    last_ms: int


class Window(Struct, frozen=True):
    """One window of load. `busy` of a core and what others took of it are shares of 1.

    `acked` are the acks within the window, `put_off` refusals that ask to be tried again (nobody
    does), `skipped` answers not sent because too many were under way, `unanswered` those that were
    never acknowledged; `lag` is how late the generator itself was.
    """

    window: str
    seconds: float
    sent: int
    acked: int
    refused: int
    put_off: int
    skipped: int
    unanswered: int
    lost: int
    beats: int
    frames_told: int
    bytes_told: int
    latency: Spread
    lag: Spread
    generator_s: float
    cpu_s: dict[str, float]
    busy: dict[str, float]
    fault: str


def build(folder: Path) -> Path:
    """The generator's program, built if its source has changed. Raises NotServed."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotServed(NO_CC)
    print_of = hashlib.sha256(SOURCE.read_bytes() + repr(FLAGS).encode()).hexdigest()[:12]
    program = folder.resolve() / f"gen-{print_of}"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        argv = [compiler, *FLAGS, "-o", str(program), str(SOURCE)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotServed(f"The generator could not be built: {done.stderr.strip()}")
    return program


class Generator:
    """A crowd at one server. `with` starts it, unconnected, and ends it. Raises NotServed."""

    def __init__(
        self, program: Path, sitting: Sitting, *, port: int, speak: str, pids: dict[str, int]
    ) -> None:
        """`speak`: sio, http or echo. `pids`: whose processor time is read around each window."""
        given = {
            "--port": str(port),
            "--exam": sitting.exam,
            "--speak": speak,
            "--seats": str(sitting.seats),
            "--answers": str(sitting.answers),
        }
        if sitting.examiners:
            given["--examiners"] = str(sitting.watchers)
        self._argv = [str(program), *(word for pair in given.items() for word in pair)]
        for name, pid in pids.items():
            self._argv += ["--pid", f"{name}:{pid}"]
        self._candidates = sitting.candidates
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Generator":
        """Start it."""
        self._process = subprocess.Popen(
            self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and its connections."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:  # it was left in the middle of something
                self._process.kill()
                self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def connect(self) -> Connected:
        """Connect everybody: dialled, joined, started. Raises NotServed unless all are."""
        found = self._ask("connect", Connected)
        if found.connected < found.of:
            raise NotServed(f"only {found.connected} of {found.of} connected: {found.fault}")
        return found

    def join(self, at_once: int) -> Come:
        """Everybody who is not connected comes and joins, so many dialling at a time; 0: all."""
        return self._ask(f"join {at_once}", Come)

    def start(self, ms: int) -> Window:
        """Everybody who has joined starts, evenly over this time; latencies from when it was due.

        `put_off` is how often somebody was told to try again, and did.
        """
        return self._ask(f"start {ms}", Window)

    def drop(self) -> None:
        """The connections of all candidates end, at once."""
        self._ask("drop", dict[str, bool])

    def closes(self) -> Closes:
        """Who has been told of a close so far."""
        return self._ask("closes", Closes)

    def closed(self, warm_ms: int, ms: int) -> Window:
        """A closed loop: everybody always has one answer under way."""
        return self._ask(f"closed {warm_ms} {ms}", Window)

    def open(self, rate: int, warm_ms: int, ms: int) -> Window:
        """So many answers a second, whatever comes back."""
        return self._ask(f"open {rate} {warm_ms} {ms}", Window)

    def fill(self, each: int, wide: int, people: int | None = None) -> Window:
        """Until everybody, or the first so many, have given `each` answers since they joined;
        `wide` of them at a time."""
        first = people if people is not None else self._candidates
        return self._ask(f"fill {each} {wide} {first}", Window)

    def idle(self, ms: int) -> Window:
        """Heartbeats and pings alone."""
        return self._ask(f"idle {ms}", Window)

    def beat(self, period_ms: int) -> None:
        """From now on everybody sends a heartbeat so often; 0 for none."""
        self._ask(f"beat {period_ms}", dict[str, int])

    def ledger(self, path: Path) -> None:
        """Write down the last acknowledged answer of everybody to everything."""
        self._ask(f"ledger {path}", dict[str, bool])

    def _ask(self, command: str, type_: type[T]) -> T:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(command + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise NotServed(f"The generator ended at `{command}` ({process.wait()}).")
        return msgspec.json.decode(line, type=type_)

"""Who takes part: how each is started, what it speaks, and what it is, in a sentence."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from loadtest.bench import tables
from loadtest.bench.house import RECEIPT_SECRET, SECRET, House
from loadtest.bench.processes import Kept, listening
from loadtest.bench.sitting import Sitting, Stored
from loadtest.ports import free_port
from loadtest.served import NotServed

PEERS = Path(__file__).with_name("peers")
OTHER_VENV = Path(".venv-bench")
"""Where packages lie that only floors need: not of this project, and in no lock of it."""
NO_NODE = "./dev bench compares with Node.js: install Node.js 20.12 or newer with npm."
NO_EIOWS = "eiows is not built here (npm install --no-save eiows in loadtest/bench/peers)"
NO_PICOWS = f"no picows here (python3 -m venv {OTHER_VENV}; {OTHER_VENV}/bin/pip install picows)"


class Started(Struct, frozen=True):
    """A contestant about to run: its process and its port."""

    process: Kept
    port: int


Start = Callable[[House, Sitting], Started]


def here() -> str:
    """Nothing is missing."""
    return ""


class Contestant(Struct, frozen=True):
    """One way to serve answers. `missing`: "" if it can run here, else what it would take.

    `durable`: it writes the facts that ExamSync's flusher reads; `stored` reads what it stored
    if that lies elsewhere. Floors store nothing.
    """

    name: str
    what: str
    start: Start
    missing: Callable[[], str] = here
    speak: str = "sio"
    examiners: bool = True
    durable: bool = True
    stored: Callable[[House, Sitting], Stored] | None = None


def examsync(house: House, sitting: Sitting) -> Started:
    """This server, all its logic on."""
    del sitting
    url, environment = house.serving(house.redis_url, house.database_url)
    process = house.examsync("examsync", url, environment, house.contestant_cores)
    return Started(process, urlsplit(url).port or 0)


def peer(house: House, sitting: Sitting, argv: list[str], **told: str) -> Started:
    """A peer: told in its environment where everything is, and nothing of ours besides."""
    port = free_port()
    plain = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
    environment = plain | {
        "NODE_ENV": "production",
        "PEER_PORT": str(port),
        "PEER_EXAM": str(sitting.told.resolve()),
        "PEER_SCRIPTS": str(scripts()),
        "PEER_REDIS": house.redis_url,
        "PEER_DATABASE": house.database_url,
        "PEER_SECRET": SECRET,
        "PEER_RECEIPT_SECRET": RECEIPT_SECRET,
        "PYTHONPATH": str(Path.cwd()),
        **told,
    }
    process = Kept(
        argv,
        environment,
        log=house.folder / "peer.log",
        cores=house.contestant_cores,
        ready=lambda: listening(port),
    )
    return Started(process, port)


def scripts() -> Path:
    """Where ExamSync's Lua lies: peers write with the same. Raises NotServed."""
    spec = importlib.util.find_spec("examsync")
    if spec is None or not spec.submodule_search_locations:
        raise NotServed("examsync is not installed here.")
    return Path(spec.submodule_search_locations[0], "attempts")


def node(**told: str) -> Start:
    """Node.js, told how to speak to examiners and over which engine."""

    def start(house: House, sitting: Sitting) -> Started:
        program = shutil.which("node")
        if program is None:
            raise NotServed(NO_NODE)
        return peer(house, sitting, [program, str(PEERS / "server.js")], **told)

    return start


def python(module: str) -> Start:
    """A module beside the Node.js peer, under this Python."""

    def start(house: House, sitting: Sitting) -> Started:
        return peer(house, sitting, [sys.executable, "-m", f"loadtest.bench.peers.{module}"])

    return start


def picows(house: House, sitting: Sitting) -> Started:
    """An echo under another Python, which has picows."""
    program = str((OTHER_VENV / "bin" / "python").absolute())
    return peer(house, sitting, [program, str((PEERS / "echo_picows.py").resolve())])


def without_eiows() -> str:
    """What it would take to run Socket.IO on eiows."""
    return "" if list((PEERS / "node_modules" / "eiows" / "dist").glob("*.node")) else NO_EIOWS


def without_picows() -> str:
    """What it would take to run picows' echo."""
    return "" if list(OTHER_VENV.glob("lib/python3*/site-packages/picows")) else NO_PICOWS


EACH, COALESCED = "progress for every answer", "progress four times a second"
CONTESTANTS = (
    Contestant("examsync", f"ExamSync, all its logic on, {COALESCED}", examsync),
    Contestant("node-stock", f"Socket.IO on ws, {EACH}", node(PEER_PROGRESS="each")),
    Contestant("node-tuned", f"Socket.IO on ws, {COALESCED}", node(PEER_PROGRESS="coalesced")),
    Contestant(
        "node-eiows",
        f"Socket.IO on eiows, {COALESCED}",
        node(PEER_PROGRESS="coalesced", PEER_ENGINE="eiows"),
        without_eiows,
    ),
    Contestant("python-socketio", f"python-socketio as documented, {EACH}", python("sockets")),
    Contestant(
        "rest",
        "Starlette and asyncpg, one upsert per answer, nobody told",
        python("rest"),
        speak="http",
        examiners=False,
        stored=tables.stored,
    ),
    Contestant(
        "floor-uvicorn",
        "an echo on uvicorn's WebSockets: no work at all",
        python("echo"),
        speak="echo",
        examiners=False,
        durable=False,
    ),
    Contestant(
        "floor-picows",
        "an echo on picows: no work at all",
        picows,
        without_picows,
        speak="echo",
        examiners=False,
        durable=False,
    ),
)


def install_peers() -> None:
    """Have the peers' packages as their lock says. Raises NotServed."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotServed(NO_NODE)
    lock, stamp = PEERS / "package-lock.json", PEERS / "node_modules" / ".package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("Installing the peers' packages ...", file=sys.stderr)
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"],
        cwd=PEERS,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotServed(f"The peers' packages could not be installed: {done.stderr.strip()}")

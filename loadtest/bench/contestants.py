"""Who takes part: how each is started, what it speaks, and what it is, in a sentence."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from loadtest.bench.house import RECEIPT_SECRET, SECRET, House
from loadtest.bench.processes import Kept, listening
from loadtest.bench.sitting import Sitting
from loadtest.served import NotServed, free_port

PEERS = Path(__file__).with_name("peers")
NO_NODE = "./dev bench compares with Node.js: install Node.js 20.12 or newer with npm."
NODE_SAYS = {"NODE_ENV": "production"}


class Started(Struct, frozen=True):
    """A contestant about to run: its process and its port."""

    process: Kept
    port: int


class Contestant(Struct, frozen=True):
    """One way to serve answers. `durable`: it writes the facts that ExamSync's flusher reads."""

    name: str
    what: str
    start: Callable[[House, Sitting], Started]
    speak: str = "sio"
    examiners: bool = True
    durable: bool = True


def examsync(house: House, sitting: Sitting) -> Started:
    """This server, all its logic on."""
    del sitting
    url, environment = house.serving(house.redis_url, house.database_url)
    process = house.examsync("examsync", url, environment, house.contestant_cores)
    return Started(process, urlsplit(url).port or 0)


def node(house: House, sitting: Sitting, **told: str) -> Started:
    """The peer in `peers/`, told how to speak to examiners and over which engine."""
    program = shutil.which("node")
    if program is None:
        raise NotServed(NO_NODE)
    port = free_port()
    environment = {
        **plain(house.environment),
        **NODE_SAYS,
        "PEER_PORT": str(port),
        "PEER_EXAM": str(sitting.told.resolve()),
        "PEER_SCRIPTS": str(scripts()),
        "PEER_REDIS": house.redis_url,
        "PEER_SECRET": SECRET,
        "PEER_RECEIPT_SECRET": RECEIPT_SECRET,
        **told,
    }
    process = Kept(
        [program, str(PEERS / "server.js")],
        environment,
        log=house.folder / "node.log",
        cores=house.contestant_cores,
        ready=lambda: listening(port),
    )
    return Started(process, port)


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """Without our own settings."""
    return {k: v for k, v in environment.items() if not k.startswith("EXAMSYNC_")}


def scripts() -> Path:
    """Where ExamSync's Lua lies: peers write with the same. Raises NotServed."""
    import importlib.util

    spec = importlib.util.find_spec("examsync")
    if spec is None or not spec.submodule_search_locations:
        raise NotServed("examsync is not installed here.")
    return Path(spec.submodule_search_locations[0], "attempts")


def stock(house: House, sitting: Sitting) -> Started:
    """Examiners hear of every answer."""
    return node(house, sitting, PEER_PROGRESS="each")


def tuned(house: House, sitting: Sitting) -> Started:
    """Examiners hear four times a second of all that changed."""
    return node(house, sitting, PEER_PROGRESS="coalesced")


CONTESTANTS = (
    Contestant("examsync", "ExamSync, all its logic on", examsync),
    Contestant("node-stock", "Node.js, Socket.IO on ws, progress for every answer", stock),
    Contestant("node-tuned", "Node.js, Socket.IO on ws, progress four times a second", tuned),
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

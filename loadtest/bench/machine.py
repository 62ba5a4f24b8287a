"""What a benchmark ran on, and which versions of what took part."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

PACKAGES = ("uvicorn", "uvloop", "websockets", "python-socketio", "python-engineio", "redis",
            "hiredis", "msgspec", "asyncpg", "starlette")  # fmt: skip
PEERS = ("socket.io", "engine.io", "ws", "ioredis", "bufferutil", "eiows")


class Machine(Struct, frozen=True):
    """Processor, cores, memory, system, and the versions of all that was measured."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    virtual: bool
    load_before: float
    """The load average over a minute before the run: others were at work if it is not near 0."""
    versions: dict[str, str]


def machine(node_modules: Path) -> Machine:
    """This machine, now."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    flags = next((line for line in lines if line.startswith("flags")), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        model or platform.processor(),
        os.cpu_count() or 1,
        round(pages / 2**30),
        f"{platform.system()} {platform.release()}",
        "hypervisor" in flags,
        round(os.getloadavg()[0], 2),
        {**python_versions(), **node_versions(node_modules)},
    )


def python_versions() -> dict[str, str]:
    """Of Python and what the server is built on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def node_versions(node_modules: Path) -> dict[str, str]:
    """Of Node.js and what the peers are built on."""
    program = shutil.which("node")
    if program is None:
        return {}
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = {"node": said.stdout.strip().lstrip("v")}
    for name in PEERS:
        package = node_modules / name / "package.json"
        if package.exists():
            found[name] = json.loads(package.read_text())["version"]
    return found

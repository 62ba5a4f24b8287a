"""Builds, checks and tests the pages (TypeScript in examsync/edge/pages) when that is due.

`python -m examsync.devstack.pages [build|check|test|watch|serve]`; ./dev and the tests call it.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from examsync.devstack.node import Node, NoNode, find

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "examsync" / "edge" / "pages"
WIRE = ROOT / "protocol" / "generated" / "examsync.ts"
HELD = ROOT / ".dev" / "pages.lock"
BUILT = PAGES / "dist" / "index.html"
MODULES = PAGES / "node_modules"
INSTALLED, BUILT_FROM = MODULES / ".examsync-installed", MODULES / ".examsync-built"
MADE = {"node_modules", "dist"}
SCRIPTS = {"check": "check", "test": "test", "watch": "watch", "serve": "dev"}


class PagesFailed(Exception):
    """npm or one of the tools it runs ended with an error, shown above."""


def build() -> bool:
    """Build the pages if a source has changed since the last time; True when it was done."""
    node = find()
    with one_at_a_time():
        install(node)
        print_ = fingerprint(node)
        if BUILT.is_file() and _read(BUILT_FROM) == print_:
            return False
        _say("building the pages")
        _npm(node, "run", "--silent", "build", "--", "--logLevel", "warn")
        BUILT_FROM.write_text(print_)
        return True


def install(node: Node) -> None:
    """Have exactly the locked packages in node_modules; the user's own npm settings hold."""
    lock = (PAGES / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock + bytes(PAGES) + sys.platform.encode()).hexdigest()
    if _read(INSTALLED) == wanted:
        return
    count = len(json.loads(lock)["packages"]) - 1
    _say(f"installing the packages of the pages ({count} locked) with Node.js {node.version}")
    _npm(node, "ci", "--loglevel=error")
    INSTALLED.write_text(wanted)


def run(script: str, *arguments: str) -> int:
    """Run one npm script of package.json, its output shown; its exit code."""
    node = find()
    with one_at_a_time():
        install(node)
    command = [*node.npm, "run", "--silent", script, "--", *arguments]
    return subprocess.call(command, cwd=PAGES, env=environment(node))


def fingerprint(node: Node) -> str:
    """A hash of all that decides what is built."""
    made = hashlib.sha256(node.version.encode())
    for path in sources():
        made.update(os.path.relpath(path, ROOT).encode() + b"\0" + path.read_bytes() + b"\0")
    return made.hexdigest()


def sources() -> list[Path]:
    """Every file that the build may read, but for installed packages and the tests."""
    ours = [path for path in PAGES.rglob("*") if path.relative_to(PAGES).parts[0] not in MADE]
    kept = [path for path in ours if path.is_file() and path.relative_to(PAGES).parts[0] != "tests"]
    return [WIRE, *sorted(kept)]


def environment(node: Node) -> dict[str, str]:
    """Who has no home to write to (a service's user) keeps npm's cache here."""
    given = node.environment()
    if not os.access(Path.home(), os.W_OK) and "npm_config_cache" not in given:
        given["npm_config_cache"] = str(HELD.parent / "npm")
    return given


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second build wait for a first one."""
    if os.name == "nt":
        yield
        return
    import fcntl

    HELD.parent.mkdir(exist_ok=True)
    with HELD.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    """One verb, `build` by default; what follows goes to the tool."""
    verb, *rest = arguments or ["build"]
    try:
        if verb != "build":
            return run(SCRIPTS[verb], *rest)
        if not build() and "--quiet" not in rest:
            _say("up to date")
        return 0
    except (NoNode, PagesFailed) as error:
        _say(str(error))
        return 1
    except KeyError:
        _say(f"There is no '{verb}'; there are build, {', '.join(SCRIPTS)}.")
        return 2


def _npm(node: Node, *arguments: str) -> None:
    if subprocess.call([*node.npm, *arguments], cwd=PAGES, env=environment(node)) != 0:
        raise PagesFailed("The pages could not be built; what went wrong is above.")


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _say(text: str) -> None:
    sys.stdout.write(f"pages: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Where a server's time goes: py-spy's stacks or Node.js' own profile, as microseconds per ack.

Microseconds are a frame's share of the samples x CPU per ack of the same window, and the profiler
slows what it looks at: for the order of frames, not for comparisons.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from loadtest.bench.processes import Kept
from loadtest.served import NotServed

RATE_HZ = 250
_UP_TO_PACKAGE = re.compile(
    r".*/(?:site-packages|node_modules|peers|lib/python3\.\d+)/|.*/(?=examsync/)"
)
NO_PYSPY = "py-spy is not on PATH: pip install py-spy (anywhere), or set EXAMSYNC_PYSPY."
SHOWN = 45


class Profiler(Protocol):
    """Something that samples a server while a window is open."""

    def beside(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Sample for so long."""
        ...

    def stacks(self) -> "Stacks":
        """What was sampled, once the server has ended. Raises NotServed."""
        ...


def profiler(name: str, process: Kept, folder: Path) -> Profiler:
    """For this contestant, which is about to start. Raises NotServed."""
    return OfNode(process, folder) if name.startswith("node") else PySpy(process, folder)


class PySpy:
    """py-spy beside a process, with the C functions below Python's."""

    def __init__(self, process: Kept, folder: Path) -> None:
        found = os.environ.get("EXAMSYNC_PYSPY") or shutil.which("py-spy")
        if found is None:
            raise NotServed(NO_PYSPY)
        self._program = found
        self._kept = process
        self._out = folder / "pyspy.raw"

    @contextlib.contextmanager
    def beside(self, seconds: float) -> Iterator[None]:
        """Begin to sample, and wait for what it writes."""
        argv = [
            self._program, "record", "--pid", str(self._kept.pid), "--duration",
            str(round(seconds)), "--rate", str(RATE_HZ), "--format", "raw", "--native",
            "--output", str(self._out),
        ]  # fmt: skip
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(argv, stdout=quiet, stderr=quiet)
        yield
        process.wait()

    def stacks(self) -> "Stacks":
        """What it wrote."""
        if not self._out.exists():
            raise NotServed("py-spy wrote nothing; it may need the right to trace (root).")
        return stacks_of_pyspy(self._out.read_text())


class OfNode:
    """Node.js' own profiler, over its whole life: idle samples do not count."""

    def __init__(self, process: Kept, folder: Path) -> None:
        self._folder = folder / "profiles"
        process.tell("--cpu-prof", f"--cpu-prof-dir={self._folder}")

    def beside(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """It samples anyway."""
        del seconds
        return contextlib.nullcontext()

    def stacks(self) -> "Stacks":
        """What it wrote when it ended."""
        found = sorted(self._folder.glob("*.cpuprofile"), key=lambda path: path.stat().st_mtime)
        if not found:
            raise NotServed(f"Node.js wrote no profile to {self._folder}.")
        return stacks_of_node(json.loads(found[-1].read_text()))


Stacks = Counter[tuple[str, ...]]
"""Samples by stack, outermost frame first."""


def stacks_of_pyspy(raw: str) -> Stacks:
    """Samples by stack, outermost frame first, without line numbers."""
    found: Stacks = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        found[tuple(without_line(frame) for frame in stack.split(";"))] += int(count)
    return found


def without_line(frame: str) -> str:
    """`name (file.py:12)` as `file.py name`."""
    name, _, place = frame.rpartition(" (")
    file = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    return f"{short(file)} {name}" if name else frame


def short(path: str) -> str:
    """The end of a path, from the package on."""
    return _UP_TO_PACKAGE.sub("", path.removeprefix("file://"))


def stacks_of_node(profile: dict[str, Any]) -> Stacks:
    """The same of a `.cpuprofile`: its samples are ids of nodes, which know their children."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", [])}
    counts = Counter(profile["samples"])
    found: Stacks = Counter()
    for id_, count in counts.items():
        frames, at = [], id_
        while at is not None:
            frames.append(frame_of_node(nodes[at]["callFrame"]))
            at = parents.get(at)
        found[tuple(reversed(frames))] += count
    return found


def frame_of_node(frame: dict[str, Any]) -> str:
    """`file.js name`; what has no file is Node.js' own."""
    name = frame["functionName"] or "(anonymous)"
    return f"{short(frame['url'])} {name}".strip()


IDLE = ("(idle)", "(program)", "(root)", "libc.so.6 epoll_pwait", "libc.so.6 epoll_wait")
"""What waits; py-spy with C frames cannot tell a wait from the little that asking costs."""


def table(stacks: Stacks, cpu_us: float) -> str:
    """Frames by what they take themselves, and with all they call, in microseconds per ack."""
    busy = Counter({stack: n for stack, n in stacks.items() if stack[-1] not in IDLE})
    total = sum(busy.values()) or 1
    own = Counter[str]()
    whole = Counter[str]()
    for stack, count in busy.items():
        own[stack[-1]] += count
        for frame in set(stack):
            whole[frame] += count
    per = cpu_us / total
    lines = [f"{total} samples, {cpu_us:.1f} us per ack", "", "   own us    with calls   frame"]
    lines += (
        f"{own[frame] * per:9.2f} {whole[frame] * per:13.2f}   {frame}"
        for frame, _ in own.most_common(SHOWN)
    )
    lines += ["", "with calls        own   frame (by what it takes with all it calls)"]
    lines += (
        f"{count * per:10.2f} {own[frame] * per:10.2f}   {frame}"
        for frame, count in whole.most_common(2 * SHOWN)
    )
    return "\n".join(lines)

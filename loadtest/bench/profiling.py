"""Where a server's time goes: py-spy's stacks or Node.js' own profile, as microseconds per ack.

`./dev bench --profile NAME` runs one closed loop under the profiler. For Python it needs `py-spy`
on PATH (or EXAMSYNC_PYSPY); Node.js brings its own. Shares are of samples, so microseconds are
share x CPU per ack of the same window; the profiler itself slows the server by a tenth or so.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from loadtest.served import NotServed

RATE_HZ = 250
NO_PYSPY = "py-spy is not on PATH: pip install py-spy (anywhere), or set EXAMSYNC_PYSPY."
SHOWN = 45


class PySpy:
    """py-spy beside a window; `with` starts it and waits for its end. Raises NotServed."""

    def __init__(self, pid: int, out: Path, seconds: float) -> None:
        program = os.environ.get("EXAMSYNC_PYSPY") or shutil.which("py-spy")
        if program is None:
            raise NotServed(NO_PYSPY)
        self.out = out
        self._argv = [
            program, "record", "--pid", str(pid), "--duration", str(round(seconds)),
            "--rate", str(RATE_HZ), "--format", "raw", "--native", "--output", str(out),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PySpy":
        """Begin to sample."""
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._argv, stdout=quiet, stderr=quiet)
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what it writes."""
        assert self._process is not None
        self._process.wait()


def stacks_of_pyspy(raw: str) -> Counter[tuple[str, ...]]:
    """Samples by stack, outermost frame first, without line numbers."""
    found: Counter[tuple[str, ...]] = Counter()
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
    for mark in ("site-packages/", "node_modules/", "/peers/", "lib/python3"):
        if mark in path:
            return path.rpartition(mark)[2]
    if "/examsync/" in path:
        return "examsync/" + path.rpartition("/examsync/")[2]
    return path.removeprefix("file://")


def stacks_of_node(profile: dict[str, Any]) -> Counter[tuple[str, ...]]:
    """The same of a `.cpuprofile`: its samples are ids of nodes, which know their children."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", [])}
    counts = Counter(profile["samples"])
    found: Counter[tuple[str, ...]] = Counter()
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


IDLE = ("(idle)", "(program)", "(root)")


def table(stacks: Counter[tuple[str, ...]], cpu_us: float) -> str:
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


def newest(folder: Path, pattern: str) -> Path:
    """The newest file of that name. Raises NotServed if there is none."""
    found: Iterable[Path] = folder.glob(pattern)
    newest_ = max(found, key=lambda path: path.stat().st_mtime, default=None)
    if newest_ is None:
        raise NotServed(f"no {pattern} was written to {folder}")
    return newest_


def read_node(path: Path) -> Counter[tuple[str, ...]]:
    """The stacks in a `.cpuprofile`."""
    return stacks_of_node(json.loads(path.read_text()))

"""How long the processes of a drill were ready to run and had no core: what a busy machine, and
not a fault, has cost. Linux says it (`/proc/PID/schedstat`); elsewhere it is 0.
"""

import asyncio
import bisect
import os
from collections.abc import Callable, Iterable
from pathlib import Path

LOOK_S = 0.05
NS_PER_S = 1e9


class Waiting:
    """Looks all the time at us and at these processes; `between` adds up what they waited.

    An answer passes through several processes, one after the other, so our own time and that of
    the process that waited longest count.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._known: dict[int, float] = {}
        self._at: list[float] = []
        self._total_s: list[float] = []

    async def watch(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self.look(loop.time())
            await asyncio.sleep(LOOK_S)

    def look(self, now: float) -> None:
        """Note how long everybody has waited by now; who was not there before begins with 0."""
        ours, *others = [self._more(pid) for pid in (os.getpid(), *self._pids())]
        before = self._total_s[-1] if self._total_s else 0.0
        self._at.append(now)
        self._total_s.append(before + ours + max(others, default=0.0))

    def _more(self, pid: int) -> float:
        waited_s = waited_s_of(pid)
        before, self._known[pid] = self._known.get(pid, waited_s), waited_s
        return max(waited_s - before, 0.0)

    def between(self, since: float, until: float) -> float:
        """Seconds waited between two times of the loop, to a look before and after them."""
        if not self._at:
            return 0.0
        first = max(bisect.bisect_right(self._at, since) - 1, 0)
        last = min(bisect.bisect_left(self._at, until), len(self._at) - 1)
        return max(self._total_s[last] - self._total_s[first], 0.0)


def waited_s_of(pid: int) -> float:
    """How long a process' first thread has waited for a core since it began; 0 if nobody knows."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / NS_PER_S
    except (OSError, IndexError, ValueError):
        return 0.0

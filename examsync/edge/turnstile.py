"""Connections that come or end at the same moment, let through a few in each turn of the loop.

When a school's line fails thousands of connections end at once, and come back at once. Each that
ends wakes four tasks, takes a candidate from their seat and tells the monitor; each that comes is a
handshake. All in one turn would keep everybody else waiting for seconds. Used by `transport` and
`lane`.
"""

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 20
"""In one turn: a few milliseconds. Ten thousand are gone after two or three seconds."""


class Turnstile:
    """That of one event loop. Bounded by the connections there may be."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def __len__(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def add(self, go: Callable[[], None]) -> None:
        """Call `go` soon, after those that were added before."""
        self._waiting.append(go)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        try:
            for _ in range(min(AT_ONCE, len(self._waiting))):
                self._waiting[0]()
                self._waiting.popleft()  # only now: whoever is added meanwhile finds us at work
        except BaseException:
            self._waiting.popleft()  # its defect is logged by the loop, and stops nobody else
            raise
        finally:
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._turn)

"""People of another exam, who answer in windows all the while; used by rows."""

import threading
import time

from msgspec import Struct

from loadtest.bench.generator import Generator, Window
from loadtest.bench.reach.seated import sound
from loadtest.served import NotServed

WINDOW_MS = 4_000
END_WITHIN_S = 60.0


class Felt(Struct):
    """One window, and when it ended (ms)."""

    window: Window
    ended_at: float


class Others:
    """`with` lets them answer, so many a second, and ends it. `felt` are their windows so far."""

    def __init__(self, generator: Generator, rate: int) -> None:
        self.felt: list[Felt] = []
        self._generator = generator
        self._rate = rate
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failed: Exception | None = None

    def __enter__(self) -> "Others":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the window end that is open."""
        self._ending.set()
        self._thread.join(END_WITHIN_S)

    def check(self) -> None:
        """Once it has ended. Raises Wrong unless every answer had its one good ack; NotServed."""
        if self._failed is not None:
            raise self._failed
        for each in self.felt:
            sound("the other exam", each.window)

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                window = self._generator.open(self._rate, 0, WINDOW_MS)
                self.felt.append(Felt(window, time.time() * 1e3))
        except (NotServed, OSError, ValueError) as error:
            self._failed = error


def p99_ms(felt: list[Felt]) -> float:
    """That of the worst window."""
    return max((each.window.latency.p99_us for each in felt), default=0) / 1e3

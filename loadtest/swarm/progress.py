"""The line of progress: pure text, and who keeps writing it."""

import sys
import threading
from collections.abc import Callable

from loadtest.swarm.rows import Rows

EVERY_S = 1.0
LINE_EVERY_S = 10
"""Where the output is no terminal, it is a line of its own so often."""


def said(elapsed_s: float, users: int, rows: Rows, before: Rows) -> str:
    """How it goes; the rate is since `before`, a second or so ago."""
    answers, earlier = rows.get("WSC answer").timed, before.get("WSC answer").timed
    slowest = answers.percentile(99)
    parts = [
        f"{elapsed_s:4.0f} s",
        f"{users} users",
        f"{answers.count} answers acked",
        f"{max(answers.count - earlier.count, 0)}/s",
        f"p99 {slowest:.0f} ms" if slowest is not None else "p99 -",
        f"{rows.get('WSC submit').timed.count} handed in",
        f"{rows.failed} failures",
    ]
    return " | ".join(parts)


class Progress:
    """Writes the line to standard error until it is stopped."""

    def __init__(self, look: Callable[[Rows], tuple[str, Rows]]) -> None:
        self._look = look
        self._stopped = threading.Event()
        self._shown = False

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._write, daemon=True).start()

    def stop(self) -> None:
        """No more."""
        self._stopped.set()
        if self._shown and sys.stderr.isatty():
            sys.stderr.write("\n")

    def _write(self) -> None:
        before, turns = Rows(), 0
        while not self._stopped.wait(EVERY_S):
            turns += 1
            text, before = self._look(before)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{text}\033[K")
            elif turns % LINE_EVERY_S == 0:
                sys.stderr.write(text + "\n")
            sys.stderr.flush()
            self._shown = True

"""One process of a drill under a keeper: signalled by its keeper only, and outliving nobody."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from loadtest.served import keep, pid_of

GRACE_S = 20.0
"""From being asked to stop until the keeper kills it: a drain under load takes some seconds."""
LOG_LINES = 3


class Process:
    """A program that has been started. Its output goes to the end of `log`."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: dict[str, str],
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.log = log
        self._keeper = keep(argv, environment, log, stop_signal=stop_signal, grace_s=GRACE_S)
        self.pid = pid_of(self._keeper)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._keeper.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing if it has ended."""
        assert self._keeper.stdin is not None
        try:
            self._keeper.stdin.write(bytes([number]))
        except (BrokenPipeError, ValueError):
            return

    async def kill(self) -> None:
        """End it as a crash would, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> int:
        """Ask it to stop, and wait; the keeper kills it if it will not. 0: in good order."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended; 0 if in good order."""
        code = await asyncio.to_thread(self._keeper.wait, 2 * GRACE_S)
        self.close()
        return code

    def close(self) -> None:
        """Stop it whatever happens: the end of its keeper's input does it."""
        assert self._keeper.stdin is not None
        if not self._keeper.stdin.closed:
            self._keeper.stdin.close()

    @property
    def rss_bytes(self) -> int:
        """Its memory; 0 where /proc does not say, or it is gone."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * 4_096

    @property
    def descriptors(self) -> int:
        """How many files and sockets it holds open; 0 where /proc does not say."""
        try:
            return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))
        except OSError:
            return 0

    @property
    def last_words(self) -> str:
        """The end of its log, for a message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " / ".join(lines[-LOG_LINES:]) or "(nothing)"

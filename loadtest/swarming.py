"""Locust as a process of ours: started, interrupted when we are, never left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from loadtest.served import pin

LOCUSTFILE = Path(__file__).parent / "locustfile.py"
LOG = Path(".dev/loadtest/locust.log")
AROUND_S = 180.0
"""Before and after the run: making the exam, going home, comparing; each has its own limit."""
PER_CANDIDATE_S = 0.02
STOP_TIMEOUT_S = 30
END_WITHIN_S = 90.0
"""From Ctrl-C until all have gone home and are compared."""
TIMED_OUT = 2


def time_limit_s(for_s: float, candidates: int) -> float:
    """How long a run may take altogether; then it is ended."""
    return for_s + AROUND_S + candidates * PER_CANDIDATE_S


class Swarm:
    """One run of locust. `run` returns its exit code; `result` is written if it came so far."""

    def __init__(
        self,
        arguments: list[str],
        environment: dict[str, str],
        result: Path,
        limit_s: float,
        *,
        cores: frozenset[int] = frozenset(),
    ) -> None:
        self.result = result
        self.log = LOG
        self._arguments = arguments
        self._environment = environment
        self._limit_s = limit_s
        self._cores = cores
        self._interrupted = 0
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Until it has ended: by itself, by a signal to us, or because it took too long."""
        self.log.unlink(missing_ok=True)
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in before:
            signal.signal(number, self._signalled)
        try:
            self._process = subprocess.Popen(
                self._command(),
                env=self._whole_environment(),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C comes to us; we pass it on, to the master only
                preexec_fn=self._pinning(),  # noqa: PLW1509  # there is one thread
            )
            return self._wait(self._process)
        finally:
            self._kill()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _command(self) -> list[str]:
        ours = ["--headless", "--only-summary", "--stop-timeout", str(STOP_TIMEOUT_S)]
        ours += ["--loglevel", "INFO", "--logfile", str(self.log), "--parent", str(os.getpid())]
        ours += ["--result", str(self.result), "--no-table"]
        locust = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE)]
        return [*locust, *ours, *self._arguments]

    def _whole_environment(self) -> dict[str, str]:
        others = {k: v for k, v in os.environ.items() if not k.startswith(("EXAMSYNC_", "LOCUST_"))}
        return others | self._environment

    def _pinning(self) -> Callable[[], Any] | None:
        return (lambda: pin(os.getpid(), self._cores)) if self._cores else None

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait(self._limit_s)
        except subprocess.TimeoutExpired:
            print(f"loadtest: not over after {self._limit_s:.0f} s; ended.", file=sys.stderr)
            return TIMED_OUT

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        """The first one: go home, and compare what was done. The second: at once."""
        del number, frame
        self._interrupted += 1
        if self._process is None:
            raise KeyboardInterrupt
        if self._interrupted == 1:
            print("\nGoing home; once more to end at once ...", file=sys.stderr)
            self._process.send_signal(signal.SIGINT)
            timer = threading.Timer(END_WITHIN_S, self._kill)
            timer.daemon = True
            timer.start()
        else:
            self._kill()

    def _kill(self) -> None:
        """The whole session: workers too."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

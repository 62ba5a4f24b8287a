"""How long the server keeps a patient visitor waiting: a thread asks for `/livez` all the time.

What it measures is what everybody connected would have waited for just then: the longest time for
which the event loop did anything else. The loop's own histogram says the same from inside.
"""

import http.client
import threading
import time

PERIOD_S = 0.005
ASK_WITHIN_S = 30.0


class Probe:
    """`with` starts and ends it. `worst_ms` since it was last asked."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._worst_s = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Probe":
        """Begin to ask."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._ending.set()
        self._thread.join(ASK_WITHIN_S)

    def worst_ms(self) -> float:
        """The longest wait since this was last asked."""
        worst, self._worst_s = self._worst_s, 0.0
        return round(worst * 1_000, 1)

    def _run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ASK_WITHIN_S)
        while not self._ending.wait(PERIOD_S):
            began = time.perf_counter()
            try:
                line.request("GET", "/livez")
                line.getresponse().read()
            except (OSError, http.client.HTTPException):
                line.close()
            self._worst_s = max(self._worst_s, time.perf_counter() - began)

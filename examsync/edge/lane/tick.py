"""One write per connection and turn of the loop: who has something to say is noted, and all of
them are written at its end. The loop makes a system call of each write; acks come in crowds.
"""

import asyncio
from typing import Protocol


class Writing(Protocol):
    """Who can be asked to write what waits."""

    def flush(self) -> None:
        """Hand over what waits, as far as it is taken."""
        ...


class Tick:
    """Who writes at the end of this turn; each notes itself once."""

    def __init__(self) -> None:
        self._writing: list[Writing] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, one: Writing) -> None:
        """It has something to write now."""
        if not self._writing:
            if self._loop is None:  # asked for once: the question is a system call (Python 3.11)
                self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._write)
        self._writing.append(one)

    def _write(self) -> None:
        writing, self._writing = self._writing, []
        for one in writing:
            one.flush()

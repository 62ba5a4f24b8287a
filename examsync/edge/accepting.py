"""Who connects is let into the house a few in each turn of the loop; the others wait in the kernel.

uvloop takes all that wait in one turn, so that only a short queue could be had: whoever found it
full was let in by the kernel a second later, or three, or seven, or fifteen. When thousands came
back at once, the last of them came after half a minute of which the server had worked for a third.
Used by `drain`, in place of the server object of the loop.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

from examsync.infra.log import logger

log = logger(__name__)

BACKLOG = 4_096
"""Connections that wait in the kernel: as many as it allows at most (`net.core.somaxconn`)."""
AT_ONCE = 20
"""In one turn: about a millisecond. As many are let through their handshake in one
(`turnstile`)."""
AGAIN_S = 1.0
"""Whoever has no descriptors or no memory left waits for others to go."""
_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Acceptor:
    """Takes connections from a listening socket; `make` gives each its protocol."""

    def __init__(self, listening: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        self._listening = listening
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._taking: set[asyncio.Task[None]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._open = True
        listening.setblocking(False)
        self._listen()

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Where it listens."""
        return (self._listening,) if self._open else ()

    def is_serving(self) -> bool:
        """Whether anybody is let in."""
        return self._open

    def close(self) -> None:
        """Listen no more. Who is in stays."""
        if not self._open:
            return
        self._open = False
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._listening.fileno())
        self._listening.close()

    async def wait_closed(self) -> None:
        """Whoever was taken is in, too."""
        await asyncio.gather(*self._taking)

    def _listen(self) -> None:
        self._again = None
        self._loop.add_reader(self._listening.fileno(), self._accept)

    def _accept(self) -> None:
        """Some of those who wait; the loop comes back at once while there are others."""
        for _ in range(AT_ONCE):
            try:
                connection, _address = self._listening.accept()
            except OSError as error:
                if error.errno in _SHORT:
                    self._pause(error)
                return  # nobody waits, or who did has gone
            connection.setblocking(False)
            task = self._loop.create_task(self._take(connection))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    async def _take(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, connection)
        except OSError:  # it has gone meanwhile
            connection.close()

    def _pause(self, error: OSError) -> None:
        log.error("connections cannot be taken just now", error=str(error))
        self._loop.remove_reader(self._listening.fileno())
        self._again = self._loop.call_later(AGAIN_S, self._listen)

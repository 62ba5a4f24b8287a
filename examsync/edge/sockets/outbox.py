"""What waits to be written on a connection: python-engineio's queue, without its cost.

The stock one makes a task and a timer for every packet, which is a third of the price of an ack.
This one wakes the writer when there is something, and gives it all there is.
"""

import asyncio
from collections import deque
from typing import Any


class Outbox:
    """Has the methods that python-engineio calls on its queue, and `drain` in place of `poll`.

    It is bounded by whoever fills it: the wire counts what is unsent. `None` ends it.
    """

    __slots__ = ("_packets", "_waiter")

    def __init__(self) -> None:
        self._packets: deque[Any] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, packet: Any) -> None:
        """Queue a packet, or the end."""
        self._packets.append(packet)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def put(self, packet: Any) -> None:
        """The same; it never has to wait."""
        self.put_nowait(packet)

    async def drain(self) -> list[Any]:
        """All that is queued, once there is something; [] at the end."""
        while not self._packets:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        packets = list(self._packets)
        if None not in packets:
            self._packets.clear()
            return packets
        end = packets.index(None)
        for _ in range(end):
            self._packets.popleft()
        return packets[:end]

    async def join(self) -> None:
        """python-engineio waits for the last packet nowhere that we go."""

"""Real hashing that a test can hold up, to see what happens meanwhile."""

import asyncio
import threading
from typing import Literal

from argon2 import PasswordHasher

from examsync.infra.hashing import AT_ONCE


class Gated(PasswordHasher):
    """A quick hasher that counts what runs and can be held up."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []
        self.at_once = self.most = 0
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Semaphore(0)
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.started.release()
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            self.verified.append(str(hash))
        self.gate.wait(10)
        try:
            return super().verify(hash, password)
        finally:
            with self._lock:
                self.at_once -= 1

    def hold_up(self) -> None:
        self.gate.clear()
        self.started = threading.Semaphore(0)

    async def all_slots_taken(self) -> None:
        for _ in range(AT_ONCE):
            await asyncio.to_thread(self.started.acquire, timeout=10)

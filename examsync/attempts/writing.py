"""One way for writes to Redis: a batch at a time, in order, on a pipe of its own.

A part of `store.py`, which has a few of them: what of one attempt is under way together takes the
same.
"""

import asyncio
import functools
from collections.abc import Callable

from examsync.attempts.lives import Lives
from examsync.attempts.ports import Check, Outcome, Save
from examsync.attempts.saving import (
    CHECK_REPLIES,
    check_commands,
    check_outcome,
    save_command,
    save_outcome,
)
from examsync.infra.redis import Reply
from examsync.infra.redis_pipe import Pipe, pack


class Writing:
    """Batches of writes and checks, and what became of each. `lives` is of the whole process."""

    def __init__(self, url: str, lives: Lives, *, timeout_s: float) -> None:
        self.pipe = Pipe(url, timeout_s=timeout_s, greet=lives.greet)
        self._lives = lives

    async def close(self) -> None:
        """Hang up; whoever waits hears that nothing can be known."""
        await self.pipe.close()

    def send(self, batch: list[Save | Check], done: Callable[[list[Outcome]], None]) -> None:
        """All of it in one round trip, in order; `done` hears what became of each."""
        packed: list[bytes] = []
        for item in batch:
            if isinstance(item, Save):
                packed.append(pack(save_command(item)))
            else:
                packed += map(pack, check_commands(item))
        self.pipe.send(b"".join(packed), len(packed), functools.partial(self._sent, batch, done))

    def _sent(
        self,
        batch: list[Save | Check],
        done: Callable[[list[Outcome]], None],
        replies: list[Reply] | None,
    ) -> None:
        if replies is None:
            done([Outcome.UNKNOWN] * len(batch))
        elif len(replies) == len(batch) == replies.count(b"ok"):  # as nearly always
            done([Outcome.OK] * len(batch))
        else:
            try:
                outcomes = self._outcomes(batch, replies)
            except Exception as error:  # no reply of ours: whoever waits must not wait for ever
                told = {"message": "a reply of Redis cannot be read", "exception": error}
                asyncio.get_running_loop().call_exception_handler(told)
                outcomes = [Outcome.UNKNOWN] * len(batch)
            done(outcomes)

    def _outcomes(self, batch: list[Save | Check], replies: list[Reply]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        at = 0
        for item in batch:
            if isinstance(item, Save):
                outcomes.append(save_outcome(replies[at]))
                at += 1
            else:
                outcomes.append(check_outcome(item, replies[at : at + CHECK_REPLIES]))
                at += CHECK_REPLIES
        if Outcome.LIFE in outcomes:
            self._lives.doubt()
        return outcomes

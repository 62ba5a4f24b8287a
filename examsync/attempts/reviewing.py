"""Looks after attempts of which word from others may have been lost (a part of `service`).

Clients wait to hear what is durable, and heartbeats are answered from memory. Of most attempts
there is nothing to ask most of the time: only those of which something was written, or is doubted,
are looked at until all is well with them.
"""

from collections.abc import Callable

from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import Desk
from examsync.attempts.environment import Environment
from examsync.attempts.identity import partition
from protocol.facts import Rev

DOUBTED_AT_ONCE_MAX = 500
"""Attempts read again together."""
LAGGING_AT_ONCE_MAX = 2_000
"""Attempts of which two small values are asked: while Postgres is away all of them seem to lag, and
to read them all would cost more than their answers."""


class Review:
    """`desks`: all of this process, by attempt; `view` reads one again if it is stale."""

    def __init__(
        self, desks: dict[str, Desk], environment: Environment, view: Callable[[str], object]
    ) -> None:
        self._desks = desks
        self._env = environment
        self._view = view
        self._watched: dict[str, None] = {}
        """In the order in which they are looked at."""

    def watch(self, attempt_id: str) -> None:
        """Something happened to the attempt after which word of it may be lost: a connection
        began to hold it, a fact was confirmed, it was read again or is to be."""
        self._watched[attempt_id] = None

    async def turn(self) -> int:
        """One look at what connections hold; how many attempts were asked about.

        Raises Unavailable.
        """
        held = self._held()
        doubted = [desk for desk in held if desk.stale][:DOUBTED_AT_ONCE_MAX]
        for desk in doubted:
            self._others_first(desk)
            self._view(desk.attempt_id)
        lagging = [desk for desk in held if not desk.stale and desk.lags()][:LAGGING_AT_ONCE_MAX]
        by_partition: dict[int, list[Desk]] = {}
        for desk in lagging:
            p = partition(desk.attempt_id, self._env.partitions)
            by_partition.setdefault(p, []).append(desk)
        for p, desks in by_partition.items():
            await self._catch_up(p, desks)
        return len(doubted) + len(lagging)

    def _held(self) -> list[Desk]:
        """The desks to look at; of all others nothing has to be found out any more."""
        held: list[Desk] = []
        for attempt_id in list(self._watched):
            desk = self._desks.get(attempt_id)
            if desk is None or not desk.held or at_rest(desk):
                del self._watched[attempt_id]
            else:
                held.append(desk)
        return held

    async def _catch_up(self, p: int, desks: list[Desk]) -> None:
        """What became durable is noted; only what others wrote to, or is gone, is read again."""
        seen = [(desk, desk.confirmed) for desk in desks if desk.confirmed is not None]
        standing = await self._env.store.standing(p, [attempt for _, attempt in seen])
        for (desk, attempt), found in zip(seen, standing, strict=True):
            self._others_first(desk)
            self._caught_up(desk, attempt, found)

    def _caught_up(self, desk: Desk, asked: Attempt, found: tuple[bool, Rev] | None) -> None:
        stands, durable = found or (False, None)
        if not stands and not desk.in_flight and desk.confirmed is asked:
            desk.stale = True
            self._view(desk.attempt_id)
        elif durable is not None:
            desk.note_durable(durable)

    def _others_first(self, desk: Desk) -> None:
        """The next look begins with others."""
        self._watched.pop(desk.attempt_id, None)
        self._watched[desk.attempt_id] = None


def at_rest(desk: Desk) -> bool:
    """All that was written is known to be durable, and nothing is doubted or under way."""
    attempt = desk.confirmed
    known = attempt is not None and attempt.durable >= attempt.rev
    return known and not desk.stale and desk.idle

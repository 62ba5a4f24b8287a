"""What a serving process holds while nobody is there: tasks, connections, descriptors, memory.

Read before a row's first client comes and after its last one has gone: but for a little that is
made once and kept, it must be the same, whatever was broken in between.
"""

import asyncio

from msgspec import Struct

from loadtest.faults.station import Station

TASKS_MORE_MAX = 8
"""What is begun when it is first needed, and stays: less than one for every candidate."""
DESCRIPTORS_MORE_MAX = 12
"""Pools of connections grow, and stay grown for a while."""
RSS_MORE_BYTES_MAX, RSS_PER_CANDIDATE_BYTES = 24 * 1024 * 1024, 64 * 1024
"""Code and papers that were first needed in the row, and what the allocator keeps: 5 MiB were seen
with 24 candidates, 56 MiB with 800 who came in the same second."""
LOOK_S = 0.1


class NotTold(Exception):
    """A process did not say what it holds."""


class Idle(Struct, frozen=True):
    """What one process holds."""

    tasks: int
    connections: int
    descriptors: int
    rss_bytes: int


async def idle(station: Station) -> Idle:
    """What it holds now. Raises NotTold."""
    figures, process = await station.figures(), station.process
    if process is None or "examsync_tasks" not in figures:
        raise NotTold(f"{station.name} does not say how many tasks it has.")
    return Idle(
        round(figures["examsync_tasks"]),
        round(figures.get("examsync_connections", 0)),
        process.descriptors,
        process.rss_bytes,
    )


def kept(before: Idle, after: Idle, candidates: int) -> list[str]:
    """What a process still holds after a row with so many candidates, as sentences; nothing if it
    is idle again (pure)."""
    rss_more_max = RSS_MORE_BYTES_MAX + candidates * RSS_PER_CANDIDATE_BYTES
    more = [
        (after.tasks - before.tasks, TASKS_MORE_MAX, "tasks run on"),
        (after.connections, 0, "connections are still counted"),
        (after.descriptors - before.descriptors, DESCRIPTORS_MORE_MAX, "descriptors stay open"),
        (after.rss_bytes - before.rss_bytes >> 20, rss_more_max >> 20, "MiB of memory are held"),
    ]
    return [f"{n} {what}, at most {limit} may" for n, limit, what in more if n > limit]


async def idle_again(
    station: Station, before: Idle, candidates: int, within_s: float
) -> tuple[Idle, str]:
    """Wait until a process holds no more than before; what it held last, and "" or a breach.

    Raises NotTold.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while True:
        after = await idle(station)
        faults = kept(before, after, candidates)
        if not faults:
            return after, ""
        if loop.time() > end:
            return after, f"when all had gone, {station.name} was not idle: {', '.join(faults)}"
        await asyncio.sleep(LOOK_S)

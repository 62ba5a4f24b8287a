"""Somebody who stops reading (E14, finding 7): bounded, cut, and nobody else's trouble."""

import asyncio
from typing import Any

from examsync.edge.sockets.line import SLOW
from examsync.edge.sockets.session import Session
from examsync.infra import metrics
from protocol.types import Role
from tests.edge.clients import Raw
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Enter, Let, Open

BOTH_WAYS = True

BOUND = 65_536
LINES_MAX = 20_000
"""Of 1 KB: more than all buffers between here and there hold."""


def session_of(house: House, subject: str) -> Session:
    found = house.front.broadcast.sessions.values()
    return next(session for session in found if session.identity.subject == subject)


async def lazy(house: House, open_raw: Open) -> tuple[Raw, Session]:
    """An examiner whose machine stops reading now."""
    raw = await open_raw(house, max_queue=1)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    raw.socket.transport.pause_reading()
    return raw, session_of(house, "eva")


async def flooded(house: House, session: Session) -> int:
    """Say a lot, until the session is cut; the most that was ever queued."""
    most = 0
    body: Any = {"x": "y" * 1_000}
    for _ in range(LINES_MAX):
        house.front.broadcast.tell(session, "stats", body)
        most = max(most, session.wire.unsent_bytes)
        if session.wire.is_cut():
            break
        await asyncio.sleep(0)
    return most


async def test_the_queue_is_bounded_and_its_owner_is_cut(
    let: Let, open_raw: Open, enter: Enter
) -> None:
    house = await let(queue_bytes_max=BOUND)
    candidate = await enter(house, "asha")
    await candidate.start()
    cut = metrics.SLOW_READERS_CUT._value.get()
    _, session = await lazy(house, open_raw)
    most = await flooded(house, session)
    assert session.wire.why == SLOW
    assert most <= BOUND
    await candidate.answer(1)
    await until(lambda: session.gone)
    await until(lambda: house.sids()[:3] == (1, 1, 1))
    assert metrics.SLOW_READERS_CUT._value.get() == cut + 1


async def test_who_takes_nothing_for_long_is_cut_though_little_waits(
    let: Let, open_raw: Open
) -> None:
    house = await let(queue_bytes_max=64 * BOUND, queue_wait_s=1)
    _, session = await lazy(house, open_raw)
    body: Any = {"x": "y" * 1_000}
    for _ in range(LINES_MAX):  # fill what lies between, then a little more
        house.front.broadcast.tell(session, "stats", body)
        await asyncio.sleep(0)
        if session.wire.unsent_bytes > 8 * BOUND:
            break
    assert not session.wire.is_cut()
    await until(lambda: session.gone)
    assert session.wire.why == SLOW
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_who_reads_slowly_but_reads_is_not_cut(let: Let, open_raw: Open) -> None:
    house = await let(queue_bytes_max=64 * BOUND)
    raw, session = await lazy(house, open_raw)
    body: Any = {"x": "y" * 1_000}
    for _ in range(2_000):
        house.front.broadcast.tell(session, "stats", body)
    raw.socket.transport.resume_reading()
    for _ in range(2_000):
        await raw.next()
    assert not session.wire.is_cut()
    await until(lambda: session.wire.unsent_bytes == 0)

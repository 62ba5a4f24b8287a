"""Rows in which deadlines pass: with clocks that are off by minutes, and with a process killed just
then. Neither may change anything for anybody.
"""

import asyncio
import contextlib
import time

from loadtest.client.ledger import AckedAnswer
from loadtest.client.view import View
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import Shape
from loadtest.faults.running import exported
from loadtest.faults.verdict import Expected
from loadtest.office import OfficeError
from protocol.http import ExportedAttempt
from protocol.types import OPEN_STATES

DURATION_MS = 15_000
GRACE_MS = 3_000
SWEEP_AFTER_MS = 1_000
CLOSED_WITHIN_S = 5.0
"""After all are due: a second of the sweep's, two of the flush's, two for a busy machine."""
CLOCKS_AGREE_MS = 3_000
DECIDED_WITHIN_S = 1.5
"""After its arrival."""


async def skewed(drill: Drill) -> None:
    """One process is five minutes ahead, one five minutes behind; the exam lasts 15 seconds.

    Deadlines are the same for all, nobody is admitted late or closed early, by whichever process.
    """
    drill.strike()
    async with drill.probing(0) as one, drill.probing(1) as two:
        for person in drill.sitting.people:
            claim_deadline(drill, person.name, person.device.session.view)
        drill.sitting.vanish(drill.sitting.present[::3])  # the sweep closes these
        await drill.load((DURATION_MS + GRACE_MS + SWEEP_AFTER_MS) / 1_000)
        drill.figures["replies"] = f"{len(one.asked)} by one process, {len(two.asked)} by the other"
    await claim_ended(drill)


async def killed_at_deadline(drill: Drill) -> None:
    """Of three processes two are killed, one just before the deadlines and one while they pass: the
    last one closes all attempts, in time, and each once.
    """
    one, two, *_ = drill.house.servers
    started = [person.device.session.view.started_at or 0 for person in drill.sitting.people]
    left_s = (max(started) + DURATION_MS) / 1_000 - time.time()
    drill.strike()
    await drill.load(max(left_s - drill.dice.uniform(0.2, 1.5), 0))
    await one.kill()
    await drill.load(GRACE_MS / 1_000)
    await drill.load(0.0, 1.0)
    await two.kill()
    left_s = (max(started) + DURATION_MS + GRACE_MS + SWEEP_AFTER_MS) / 1_000 - time.time()
    await drill.load(max(left_s, 0))
    await claim_ended(drill)
    await asyncio.gather(one.start(), two.start())


async def claim_ended(drill: Drill) -> None:
    """Everybody is due now: closed and durable soon, at the deadlines, with what came in time."""
    due_at = drill.now
    attempts = await all_closed(drill)
    took_s = drill.now - due_at
    limit_s = drill.allowed(CLOSED_WITHIN_S, due_at, drill.now)
    drill.figures["closed_after_s"] = round(took_s, 2)
    drill.claim(took_s < limit_s, f"it took {took_s:.1f} s until all were closed and durable")
    for attempt in attempts:
        if attempt.started_at is not None:
            claim_closed(drill, attempt)
    report = drill.sitting.report()
    started = {attempt.candidate: attempt.started_at for attempt in attempts}
    for each in report.people:
        for answer in each.latest.values():
            since = started[each.candidate]
            assert since is not None
            claim_in_time(drill, each.candidate, answer, since)


def claim_deadline(drill: Drill, name: str, view: View) -> None:
    """The same working time for everybody, from a moment that is truly now."""
    if view.deadline is None or view.started_at is None:
        drill.claim(False, f"{name} was told no deadline")
        return
    given = view.deadline - view.started_at
    drill.claim(given == DURATION_MS, f"{name} was given {given} ms")
    off = abs(time.time() * 1_000 - view.started_at)
    drill.claim(off < DURATION_MS + CLOCKS_AGREE_MS, f"{name} started {off:.0f} ms away from now")


async def all_closed(drill: Drill) -> list[ExportedAttempt]:
    """The export, once nobody's attempt is open any more (or time is up)."""
    began = drill.now
    attempts: list[ExportedAttempt] = []
    while drill.now - began < 2 * drill.allowed(CLOSED_WITHIN_S, began, drill.now):
        with contextlib.suppress(OfficeError):
            attempts = await exported(drill.house)
            if not any(a.state in OPEN_STATES for a in attempts if a.started_at is not None):
                break
        await asyncio.sleep(0.5)
    return attempts


def claim_closed(drill: Drill, attempt: ExportedAttempt) -> None:
    """It has ended: by the clock exactly at its deadline, else before it or in the grace."""
    who = attempt.candidate
    if attempt.closed_at is None or attempt.started_at is None:
        drill.claim(False, f"the attempt of {who} is still {attempt.state}")
        return
    lasted = attempt.closed_at - attempt.started_at
    if attempt.state == "expired":
        drill.claim(lasted == DURATION_MS, f"{who} was closed by the clock after {lasted} ms")
    else:
        drill.claim(lasted <= DURATION_MS + GRACE_MS, f"{who} handed in after {lasted} ms")


def claim_in_time(drill: Drill, name: str, answer: AckedAnswer, started_at: int) -> None:
    """What counts as in time was saved by the deadline, and what counts at all by the grace's end.

    `saved_at` is when the ack was decided, a little after the arrival that counts.
    """
    at = drill.now - (time.time() - answer.saved_at / 1_000)
    slack_ms = drill.allowed(DECIDED_WITHIN_S, at - 2 * DECIDED_WITHIN_S, at) * 1_000
    limit = DURATION_MS + (GRACE_MS if answer.late else 0) + slack_ms
    after_ms = answer.saved_at - started_at
    drill.claim(after_ms < limit, f"an answer of {name} counts that was saved after {after_ms} ms")


ROWS = (
    Row(
        "clocks five minutes off",
        "one process is five minutes ahead, one behind; a deadline passes",
        skewed,
        Shape(
            servers=2,
            skews_s=(300, -300),
            duration_ms=DURATION_MS,
            terms={"grace_ms": GRACE_MS},
        ),
        expected=Expected(is_late=True, refuses=True),
        verified=True,
    ),
    Row(
        "killed at the deadline",
        "of three processes two are killed while the deadline passes",
        killed_at_deadline,
        Shape(servers=3, duration_ms=DURATION_MS, terms={"grace_ms": GRACE_MS}),
        expected=Expected(is_late=True, refuses=True),
        verified=True,
        short=True,
    ),
)

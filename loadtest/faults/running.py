"""Runs rows one after the other: a house, load, the fault, home, and the comparison."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from random import Random

from loadtest.faults.balancer import found
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import House, Place
from loadtest.faults.idle import Idle, idle, idle_again
from loadtest.faults.sitting import Sitting
from loadtest.faults.station import Station
from loadtest.faults.verdict import (
    Told,
    Versions,
    judge,
    lost_ages_ms,
    regressions,
    versions,
)
from loadtest.faults.waiting import Waiting
from loadtest.office import OfficeError
from loadtest.reconcile import Findings, reconcile
from loadtest.report import Report
from protocol.http import ExportedAttempt

ROW_WITHIN_S = 240.0
"""A row that takes longer hangs: it is broken off and counts as broken."""
SETTLED_WITHIN_S = 20.0
LOST_WITHIN_S = 5.0
"""Of what is lost for good nothing more comes: the flush's two seconds, and some."""
LOOK_S = 0.5
SHELF_LOOK_S = 1.0


async def run_row(place: Place, row: Row, seed: int, number: int) -> Told:
    """One row from beginning to end. What cannot be run at all is a broken row, too."""
    if row.needs and found(row.needs) is None:
        hint = f"{row.needs} is not installed (Debian: apt install {row.needs})"
        return Told(row.name, seed, skipped=hint)
    began = time.monotonic()
    told = Told(row.name, seed)
    try:
        await _drilled(place, row, number, told)
    except Exception as error:
        told.broken.append(f"the row could not be finished: {type(error).__name__}: {error}")
    told.seconds = round(time.monotonic() - began, 1)
    return told


async def _drilled(place: Place, row: Row, number: int, told: Told) -> None:
    async with House(place, row.shape, number) as house:
        waiting = Waiting(house.pids)
        sitting = Sitting(house, told.seed, waiting)
        drill = Drill(row, house, sitting, Random(f"{told.seed} {row.name}"))
        drill.figures["patience"] = round(house.patience, 1)
        try:
            async with asyncio.timeout(ROW_WITHIN_S * house.patience), meanwhile(waiting.watch()):
                before = [(station, await idle(station)) for station in house.servers]
                await sitting.begin()
                async with meanwhile(_watch_shelf(drill)):
                    await row.run(drill)
                    await sitting.go_home()
                await _compared(drill, told)
                await sitting.leave()
                told.broken += await _idle_again(drill, before)
        finally:
            await sitting.leave()
            await drill.leave()
        told.figures = drill.figures


async def _idle_again(drill: Drill, before: list[tuple[Station, Idle]]) -> list[str]:
    """Nobody is there any more: what serving processes still hold that they should not.

    Only of those that run: a row may leave one dead.
    """
    faults = []
    candidates = len(drill.house.names) + len(drill.house.spare)
    tasks, rss_bytes = [0], [0]
    for station, was in before:
        if station.process is None or not station.process.running:
            continue
        limit_s = drill.allowed(drill.row.expected.idle_within_s)
        after, fault = await idle_again(station, was, candidates, limit_s)
        faults += [fault] if fault else []
        tasks.append(after.tasks - was.tasks)
        rss_bytes.append(after.rss_bytes - was.rss_bytes)
    drill.figures["tasks_more"], drill.figures["rss_more_kib"] = max(tasks), max(rss_bytes) >> 10
    return faults


@contextlib.asynccontextmanager
async def meanwhile(doing: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do it in the background, until the end of the block."""
    task = asyncio.create_task(doing)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch_shelf(drill: Drill) -> None:
    """Compare each export with the one before: nothing in Postgres may go back."""
    held: Versions = {}
    while True:
        await asyncio.sleep(SHELF_LOOK_S)
        with contextlib.suppress(OfficeError):
            now = versions(await exported(drill.house))
            drill.evidence.regressed += regressions(held, now)
            held = now


async def exported(house: House) -> list[ExportedAttempt]:
    """The exam as Postgres has it, asked of whoever serves. Raises OfficeError."""
    serving = [s for s in house.servers if s.process is not None and s.process.running]
    if not serving:
        raise OfficeError("nobody serves")
    return await asyncio.to_thread(house.office(serving[0]).export, house.exam)


async def _compared(drill: Drill, told: Told) -> None:
    """Hold the clients' own records against the export, when the flush has caught up."""
    report, seen = drill.sitting.report(), drill.evidence
    loses = drill.row.expected.loses
    within_s = LOST_WITHIN_S if loses else SETTLED_WITHIN_S
    seen.findings = await settled(drill.house, report, within_s)
    seen.patience = drill.house.patience
    seen.slack_s = drill.sitting.standstill.ours_s
    seen.lost_ages_ms = lost_ages_ms(report, seen.findings, drill.struck_at)
    seen.refused = [f"{p.candidate} {r.event} {r.code}" for p in report.people for r in p.refused]
    seen.late = sum(person.late for person in report.people)
    gone = drill.sitting.vanished
    seen.not_home = [
        p.candidate for p in report.people if p.not_durable and p.candidate not in gone
    ]
    told.acked, told.lost = report.acked, seen.findings.lost
    told.refused, told.late = len(seen.refused), seen.late
    told.recovery_s = longest([each.acking_s for each in seen.recoveries])
    told.durable_s = longest([each.durable_s for each in seen.recoveries])
    still = drill.sitting.standstill
    drill.figures |= {
        "standstill_s": round(still.acks_s, 2),
        "slack_s": round(still.ours_s, 3),
        "waited_s": round(drill.waiting.between(0.0, drill.now), 1),
        "repeats": sum(person.repeats for person in report.people),
    }
    if drill.row.verified:
        drill.evidence.claims += await verified(drill.house)
    told.broken += judge(drill.row.expected, seen)


async def settled(house: House, report: Report, within_s: float) -> Findings:
    """The comparison, again until it is in order or the flush has had time enough."""
    until = time.monotonic() + within_s
    while True:
        try:
            found = reconcile(report, await exported(house))
        except OfficeError:
            if time.monotonic() > until:
                raise
        else:
            if found.ok or time.monotonic() > until:
                return found
        await asyncio.sleep(LOOK_S)


async def verified(house: House) -> list[str]:
    """What `examsync verify` finds in the exam's chains of facts; a branch is no finding."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "examsync", "verify", house.exam],
        env=house.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).strip().splitlines()
    return [f"examsync verify: {line}" for line in said] if done.returncode else []


def longest(values: list[float | None]) -> float | None:
    """The longest, rounded; None if there is none."""
    known = [value for value in values if value is not None]
    return round(max(known), 2) if known else None


def say(text: str) -> None:
    """Progress, for people."""
    print(text, file=sys.stderr, flush=True)

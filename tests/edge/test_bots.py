"""A crowd of bots in a process of its own, against a whole server: nothing acked is lost."""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from examsync.attempts.export import export
from loadtest.reconcile import Findings, reconcile
from loadtest.report import Report, read
from protocol.types import Role
from tests.edge.house import EXAM, House
from tests.edge.rooms_to_let import Let

pytestmark = pytest.mark.slow

BOTS = 12
WITHIN_S = 60.0


async def crowd(
    house: House, folder: Path, for_s: float, *, seed: int = 7
) -> asyncio.subprocess.Process:
    """Bots who sit exam-1, and an examiner."""
    names = [await house.candidate() for _ in range(BOTS)]
    tokens = {
        "candidates": [{"candidate": name, "token": house.token(name)} for name in names],
        "examiner_token": house.token("vera", Role.EXAMINER),
    }
    (folder / "tokens.json").write_bytes(msgspec.json.encode(tokens))
    arguments = ["--url", house.url, "--exam", EXAM, "--tokens", str(folder / "tokens.json")]
    arguments += ["--for", str(for_s), "--report", str(folder / "report.json"), "--seed", "7"]
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "loadtest.bots", *arguments)


async def flushed(house: House) -> None:
    """Everything that Redis holds is in Postgres, too."""
    backlog = house.app.backlog
    async with asyncio.timeout(WITHIN_S):
        while True:
            await backlog.measure()
            if not backlog.facts():
                return
            await asyncio.sleep(0.05)


async def reconciled(house: House, folder: Path) -> tuple[Report, Findings]:
    """What the bots report, and how it compares with what was flushed."""
    await flushed(house)
    report = read(folder / "report.json")
    exported = [attempt async for attempt in export(house.app.records, EXAM)]
    return report, reconcile(report, exported)


async def test_what_the_bots_had_acked_is_in_postgres(let: Let, tmp_path: Path) -> None:
    house = await let()
    process = await crowd(house, tmp_path, 20)  # long enough that some lose their connection
    assert await asyncio.wait_for(process.wait(), WITHIN_S) == 0
    report, findings = await reconciled(house, tmp_path)
    assert findings.ok, findings
    assert findings.compared > BOTS
    assert report.resumed > 0
    assert report.monitor is not None
    assert report.monitor.deltas > 5
    assert report.monitor.gaps == 0
    assert report.monitor.acts


async def test_stopped_before_the_time_they_still_report(let: Let, tmp_path: Path) -> None:
    house = await let()
    process = await crowd(house, tmp_path, 60)
    await asyncio.sleep(8)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), WITHIN_S) == 0
    _, findings = await reconciled(house, tmp_path)
    assert findings.ok, findings

"""The drill against real servers: a row that holds, and one in which a loss must be seen.

The rest of the rows run as `./dev faults`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loadtest.client.line import Line
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import Place, Shape, place
from loadtest.faults.rows import ROWS
from loadtest.faults.running import run_row
from loadtest.faults.storage import Storage
from loadtest.faults.verdict import Expected
from protocol.from_client import NAMESPACE_EXAM, Client

pytestmark = [pytest.mark.slow, pytest.mark.faults]

SEED = 7
ROOT = Path(__file__).parents[2]
WITHIN_S = 90.0


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Place]:
    """Storage for drills; all of it ends and is deleted in the end."""
    async with Storage(tmp_path / "servers") as storage:
        yield await place(storage, tmp_path)


async def everything_at_once(drill: Drill) -> None:
    """The worker, Redis' data and all outboxes: what was acked since the last flush is lost."""
    (worker,) = drill.house.workers
    await worker.kill()
    await drill.load(1.5)
    drill.strike()
    drill.sitting.vanish(drill.sitting.present)
    await drill.redis.command("FLUSHALL")
    await worker.start()


async def test_a_row_holds_and_one_that_loses_acked_answers_is_broken(shared: Place) -> None:
    told = await run_row(shared, ROWS["redis-data-removed"], SEED, 1)
    assert (told.ok, told.lost, told.broken) == (True, 0, [])
    assert told.acked > 24  # everybody more than once
    assert told.recovery_s is not None

    strict = Row("everything", "all at once", everything_at_once, Shape(workers=1), Expected())
    told = await run_row(shared, strict, SEED, 2)
    assert told.lost > 0
    assert any("acked and lost" in fault for fault in told.broken)


LEFT: list[Line] = []


async def somebody_stays(drill: Drill) -> None:
    """A spare candidate connects, and is still there when all have gone."""
    line = Line(drill.server.url, NAMESPACE_EXAM, lambda name, body: None)
    await line.open(drill.house.token(drill.house.spare[0]), Client("stays", "drill", "1"))
    LEFT.append(line)


async def test_a_process_that_still_holds_a_client_in_the_end_breaks_a_row(shared: Place) -> None:
    expected = Expected(idle_within_s=0.5)
    row = Row("somebody stays", "one is left", somebody_stays, Shape(people=2), expected)
    told = await run_row(shared, row, SEED, 3)
    LEFT.pop().close()
    assert [fault for fault in told.broken if "1 connections are still counted" in fault]


async def test_a_row_whose_program_is_missing_says_so_and_breaks_nothing(tmp_path: Path) -> None:
    row = Row("needy", "needs what nobody has", everything_at_once, needs="no-such-program")
    async with Storage(tmp_path / "servers") as storage:
        nowhere = Place(storage, await storage.postgres("postgres"), tmp_path, "secret")
        told = await run_row(nowhere, row, SEED, 1)
    assert told.ok
    assert "no-such-program is not installed" in told.skipped


def command(folder: Path, *options: str) -> subprocess.Popen[str]:
    """`./dev faults` with these options, in a folder of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
    return subprocess.Popen(
        [sys.executable, "-m", "loadtest.faults", *options],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_rows_are_listed_and_unknown_ones_refused(tmp_path: Path) -> None:
    listed = command(tmp_path, "--list")
    assert listed.communicate(timeout=WITHIN_S)[0].count("\n") == len(ROWS)
    unknown = command(tmp_path, "--only", "redis-on-holiday")
    assert "redis-on-holiday" in unknown.communicate(timeout=WITHIN_S)[1]
    assert unknown.returncode == 2


def offspring(pid: int) -> set[int]:
    """All processes below this one."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | offspring(child)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_told_to_stop_it_leaves_nobody_behind(tmp_path: Path) -> None:
    drill = command(tmp_path, "--only", "redis-killed")
    log, end = tmp_path / ".dev/faults/lane-1/server-1.log", time.monotonic() + WITHIN_S
    while not log.exists() or "serving" not in log.read_text():
        assert time.monotonic() < end, "no server was started"
        time.sleep(0.05)
    started = offspring(drill.pid)
    assert len(started) > 6  # Valkey, Postgres and a server, each below its keeper
    drill.send_signal(signal.SIGTERM)
    drill.communicate(timeout=WITHIN_S)
    assert drill.returncode == 130
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]

"""The drill against real servers: a row that holds, and one in which a loss must be seen.

The rest of the rows run as `./dev faults`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import Place, Shape, place
from loadtest.faults.rows import ROWS
from loadtest.faults.running import run_row
from loadtest.faults.storage import Storage
from loadtest.faults.verdict import Expected

pytestmark = [pytest.mark.slow, pytest.mark.faults]

SEED = 7


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


async def test_a_row_whose_program_is_missing_says_so_and_breaks_nothing(tmp_path: Path) -> None:
    row = Row("needy", "needs what nobody has", everything_at_once, needs="no-such-program")
    async with Storage(tmp_path / "servers") as storage:
        nowhere = Place(storage, await storage.postgres("postgres"), tmp_path, "secret")
        told = await run_row(nowhere, row, SEED, 1)
    assert told.ok
    assert "no-such-program is not installed" in told.skipped

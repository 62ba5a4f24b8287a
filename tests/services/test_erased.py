"""What people still see of what was erased: lists, files, timelines and screens go on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from examsync.attempts.export import export
from protocol.erasure import Blanked, Erased
from tests.services.calling import Caller
from tests.services.installation import EXAM, App, Candidate, config, running
from tests.services.test_erasing import erased, sat


@pytest.fixture
async def flushing(redis_url: str, database_url: str) -> AsyncIterator[App]:
    """An App whose loops run: it flushes and grades."""
    async with running(config(redis_url, database_url), work=True) as built:
        yield built


async def test_results_are_listed_shown_and_written_without_what_was_erased(
    flushing: App, call: Caller, tmp_path: Path
) -> None:
    asha, ravi, mina = await sat(flushing, "asha", "ravi", "mina")
    assert (await call("results", "release", EXAM, "--reveal", "keys")).code == 0
    before = {row.candidate: row.whole for row in await flushing.results.releasing.rows(EXAM)}
    await erased(call, "--candidate", "asha")
    await erased(call, "--candidate", "ravi", "--person")
    rows = {row.attempt: row for row in await flushing.results.releasing.rows(EXAM)}
    assert rows[asha].whole == before["asha"]
    assert (rows[ravi].whole, rows[ravi].name, rows[ravi].candidate) == (None, "", f"erased:{ravi}")
    assert rows[mina].whole == before["mina"]
    shown = await flushing.results.releasing.shown(asha)
    assert (shown.items, shown.whole.maximum) == ([], before["asha"].maximum)  # type: ignore[union-attr]
    file = tmp_path / "results.csv"
    assert (await call("results", "show", EXAM, "--csv", str(file))).code == 0
    written = file.read_text()
    assert ("Ravi" in written, "asha" in written) == (False, True)


async def test_the_export_and_the_timeline_go_on(flushing: App, call: Caller) -> None:
    (asha,) = await sat(flushing, "asha")
    await erased(call)
    (one,) = [each async for each in export(flushing.records, EXAM)]
    assert (one.attempt, one.responses, one.violations, one.state) == (asha, {}, [], "submitted")
    *facts, last = await flushing.records.timeline(asha, 0, 100)
    assert {type(fact.body) for fact in facts} == {Blanked}
    assert isinstance(last.body, Erased)
    assert last.body.mark.startswith("1.2=")


async def test_who_comes_back_with_an_outbox_is_told_that_it_is_over(
    flushing: App, call: Caller
) -> None:
    """A device that was switched off for two years."""
    await sat(flushing, "asha")
    asha = Candidate(flushing, "asha")
    await erased(call)
    attempt = await asha.join()
    assert (attempt.core.erased, attempt.responses, attempt.core.lease) == ("answers", {}, "")
    late = await asha.answer("right")
    assert late.problem is not None
    assert late.problem.code == "attempt_closed"
    assert "erased" in late.problem.detail

"""What people still see of what was erased: lists, files, timelines and screens go on."""

from pathlib import Path

from examsync.attempts.export import export
from protocol.erasure import Blanked, Erased
from tests.services.calling import Caller
from tests.services.installation import EXAM, App, Candidate, done, furnish
from tests.services.test_erasing import erased, sat


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
    assert before["asha"] is not None
    assert (shown.items, shown.whole.maximum) == ([], before["asha"].maximum)
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


async def test_facts_of_before_there_were_salts_verify_and_are_not_erased(
    flushing: App, call: Caller
) -> None:
    """Their hashes cover what they say directly: without it no hash could be checked."""
    (asha,) = await furnish(flushing, "asha")
    await flushing.pool.execute("UPDATE attempts SET salt = ''")
    one = Candidate(flushing, "asha")
    await one.start()
    done(await one.answer("right"))
    await one.submit()
    await flushing.working.flush()
    assert (await call("verify", "--json")).json["findings"] == []
    said = await call("erase", "--exam", EXAM, "--reason", "x", "--dry-run", "--json")
    (target,) = said.json[0]["targets"]
    assert (target["attempt"], "before they could" in target["why_not"]) == (asha, True)


async def test_a_fact_that_another_life_of_redis_brought_later_is_erased_again(
    flushing: App, call: Caller
) -> None:
    """Of two primaries, one was cut off, and its log was flushed when all was over."""
    (asha,) = await sat(flushing, "asha")
    kept = await flushing.pool.fetchrow(
        "SELECT epoch, n, hash, kind, fact FROM facts WHERE attempt = $1 AND n = 3", asha
    )
    assert kept is not None
    await erased(call)
    late = "INSERT INTO facts VALUES ($1, $2, $3, $4, $5, $6, true)"
    hash_ = kept["hash"][::-1]
    await flushing.pool.execute(
        late, asha, kept["epoch"], kept["n"], hash_, kept["kind"], kept["fact"]
    )
    assert (await call("verify", "--json")).code == 1
    await erased(call)
    assert (await call("verify", "--json")).json["findings"] == []
    assert not await flushing.pool.fetch("SELECT FROM facts WHERE hash = $1", hash_)


async def test_an_exam_that_is_opened_again_leaves_out_whom_it_knows_no_more(
    flushing: App, call: Caller
) -> None:
    asha, ravi = await sat(flushing, "asha", "ravi")
    await erased(call, "--candidate", "asha")
    assert (await call("exam", "reopen", EXAM, "--all", "--minutes", "5", "--yes")).code == 0
    assert [one.id for one in await flushing.records.open_attempts("", 10)] == [ravi]
    await flushing.attempts.sweep(asha)
    assert (await flushing.attempts.view(asha)).attempt is not None
    assert (await call("verify", "--json")).json["findings"] == []

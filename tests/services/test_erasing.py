"""`examsync erase` and `retain`: nothing personal is left anywhere, and every chain verifies."""

import asyncio
from pathlib import Path

import msgspec
import pytest
import redis

from examsync.audit.erasing import Erasing
from examsync.auditing import erasure_of
from examsync.errors import ExamError
from examsync.infra import keys
from examsync.results.scope import Scope
from protocol.facts import Fact
from protocol.from_client import Message, RaiseHand
from protocol.problems import Code
from tests.services.calling import Called, Caller
from tests.services.installation import (
    EXAM,
    App,
    Candidate,
    done,
    furnish,
    unique,
)

TEXT = "a most personal answer"
HAND = "my head aches"
NOTE = "reads like his brother's"
WHY = "asked for it on paper"
REST_S = 2.5
"""Twice the period of the slowest loop that carries on what was written, and some."""


async def sat(built: App, *names: str) -> list[str]:
    """Attempts with something personal in every corner, graded; their ids."""
    ids = await furnish(built, *names)
    for name in names:
        one = Candidate(built, name)
        await one.start()
        done(await one.answer(TEXT))
        await one.signal()
        hand = RaiseHand(unique("hand"), True, HAND)
        done(await built.attempts.command(built.clock.now(), one.sitter, hand))
        await one.submit()
    await built.working.flush()
    await built.results.grader.grade_due()
    for id_ in ids:
        grading = "SELECT grading FROM attempts WHERE id = $1"
        while await built.pool.fetchval(grading, id_) != "graded":  # noqa: ASYNC110  # by a loop
            await asyncio.sleep(0.02)
    item = next(iter(built.exams.items(EXAM)))
    await built.results.marking.mark(ids[0], item, "0", by="eve", note=NOTE, scope=Scope(EXAM))
    await built.working.flush()
    waiting = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM event_outbox)"
    while await built.pool.fetchval(waiting):  # noqa: ASYNC110  # by loops
        await asyncio.sleep(0.02)
    return ids


async def at_rest(built: App, client: redis.Redis) -> str:
    """Everything, once nothing has changed for longer than the loops rest between two turns."""
    loop = asyncio.get_running_loop()
    found, since = await everything(built, client), loop.time()
    while loop.time() < since + REST_S:
        await asyncio.sleep(0.1)
        later = await everything(built, client)
        if later != found:
            found, since = later, loop.time()
    return found


async def everything(built: App, client: redis.Redis) -> str:
    """All that both servers hold, as one text."""
    tables = await built.pool.fetch(
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'"
    )
    found = []
    for table in tables:
        rows = await built.pool.fetch(f"SELECT t::text AS row FROM {table['relname']} AS t")
        found += [row["row"] for row in rows]
    for key in client.scan_iter("*"):
        if key.decode() == keys.control():
            continue  # what processes tell each other is gone after a minute
        kind = client.type(key)
        if kind == b"hash":
            found.append(str(client.hgetall(key)))
        elif kind == b"stream":
            found.append(str(client.xrange(key)))
        found.append(str(key))
    return "\n".join(found)


async def erased(call: Caller, *arguments: str) -> Called:
    said = await call("erase", "--exam", EXAM, "--reason", WHY, "--yes", *arguments)
    assert said.code == 0, said.err
    return said


async def test_what_was_answered_and_written_is_gone_and_the_total_is_left(
    flushing: App, call: Caller, client: redis.Redis
) -> None:
    asha, ravi = await sat(flushing, "asha", "ravi")
    before = await everything(flushing, client)
    assert all(word in before for word in (TEXT, HAND, NOTE))
    total = await flushing.pool.fetchval(
        "SELECT marks -> 'whole' FROM results WHERE attempt = $1 AND revision = 2", asha
    )
    said = await erased(call)
    assert "Out of reach: archives" in said.out
    after = await everything(flushing, client)
    assert not [word for word in (TEXT, HAND, NOTE, "browser-asha") if word in after]
    rows = await flushing.pool.fetch("SELECT * FROM results WHERE attempt = $1", asha)
    (left,) = [row["marks"] for row in rows]
    assert (left["whole"], left["items"]) == (total, [])
    verified = await call("verify", "--json")
    assert verified.json["findings"] == []
    assert {each["attempt"] for each in verified.json["erasures"]} == {asha, ravi}
    assert all(WHY in each["what"] for each in verified.json["erasures"])
    assert "admin:cli" in (await call("verify")).out


async def test_of_an_erased_person_nothing_is_left(
    flushing: App, call: Caller, client: redis.Redis
) -> None:
    asha, ravi = await sat(flushing, "asha", "ravi")
    account = ("account", "create", "asha", "--role", "candidate", "--name", "Asha")
    assert (await call(*account, "--make-password")).code == 0
    await erased(call, "--candidate", "asha", "--person")
    after = await everything(flushing, client)
    assert "Asha" not in after
    assert "Ravi" in after
    row = await flushing.pool.fetchrow("SELECT * FROM attempts WHERE id = $1", asha)
    assert row is not None
    assert (row["name"], row["hall"], row["state"]) == ("", "", "submitted")
    assert not await flushing.pool.fetch("SELECT FROM results WHERE attempt = $1", asha)
    verified = await call("verify", "--json")
    assert verified.json["findings"] == []
    assert [each["attempt"] for each in verified.json["erasures"]] == [asha]
    assert await flushing.pool.fetch("SELECT FROM results WHERE attempt = $1", ravi)


async def test_answers_first_and_the_person_later(flushing: App, call: Caller) -> None:
    (asha,) = await sat(flushing, "asha")
    await erased(call)
    again = await call("erase", "--exam", EXAM, "--reason", WHY, "--dry-run", "--json")
    assert again.json[0]["targets"][0]["done"] is True
    await erased(call, "--person")
    verified = await call("verify", "--json")
    assert verified.json["findings"] == []
    assert len(verified.json["erasures"]) == 2
    assert asha in verified.out


async def test_a_dry_run_changes_nothing_and_without_yes_it_asks(
    flushing: App, call: Caller, client: redis.Redis
) -> None:
    await sat(flushing, "asha")
    before = await at_rest(flushing, client)
    dry = await call("erase", "--exam", EXAM, "--reason", WHY, "--dry-run")
    assert "answers of 1 attempt, 1 response" in dry.out
    asked = await call("erase", "--exam", EXAM, "--reason", WHY, stdin="n\n")
    assert asked.code == 130
    assert await everything(flushing, client) == before


async def test_who_is_open_or_not_graded_stays_and_is_named(flushing: App, call: Caller) -> None:
    await furnish(flushing, "asha", "ravi", "nobody")
    await Candidate(flushing, "asha").start()
    ravi = Candidate(flushing, "ravi")
    await ravi.start()
    await ravi.submit()
    await flushing.working.flush()
    said = await call("erase", "--exam", EXAM, "--reason", WHY, "--dry-run", "--json")
    why = {each["candidate"]: each["why_not"] for each in said.json[0]["targets"]}
    assert why["asha"] == "it is open (in_progress)"
    assert why["nobody"].startswith("nothing was ever recorded of it")
    assert why["ravi"] in ("", "it is not graded yet")  # the grader may have been faster


async def test_a_forged_erasure_is_found(flushing: App, call: Caller) -> None:
    asha, ravi = await sat(flushing, "asha", "ravi")
    await erased(call, "--candidate", "ravi")
    blank = await flushing.pool.fetchval(
        "SELECT fact FROM facts WHERE attempt = $1 AND kind = 'answer_saved'", ravi
    )
    fact = msgspec.json.decode(blank, type=Fact)
    row = await flushing.pool.fetchrow(
        "SELECT hash, fact FROM facts WHERE attempt = $1 AND kind = 'answer_saved'", asha
    )
    assert row is not None
    forged = msgspec.structs.replace(
        msgspec.json.decode(row["fact"], type=Fact), body=fact.body, by=""
    )
    await flushing.pool.execute(
        "UPDATE facts SET fact = $2 WHERE hash = $1",
        row["hash"],
        msgspec.json.encode(forged).decode(),
    )
    verified = await call("verify", "--json")
    assert verified.code == 1
    assert {each["attempt"] for each in verified.json["findings"]} == {asha}


async def test_a_total_that_was_changed_after_the_erasure_is_found(
    flushing: App, call: Caller
) -> None:
    (asha,) = await sat(flushing, "asha")
    await erased(call)
    await flushing.pool.execute(
        """UPDATE results SET marks = jsonb_set(marks, '{whole,total}', '"99"')"""
    )
    verified = await call("verify", "--json")
    ((who, what),) = [(each["attempt"], each["what"]) for each in verified.json["findings"]]
    assert (who, "=99, but" in what) == (asha, True)


async def test_an_erasure_that_broke_off_is_told_and_ended_by_the_next(
    flushing: App, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded, and then the process died."""
    (asha,) = await sat(flushing, "asha")
    erasing = erasure_of(flushing)
    plan = await erasing.plan("answers", EXAM, None)

    async def died(self: Erasing, target: object) -> None:
        raise ExamError(Code.INTERNAL, "died")

    with monkeypatch.context() as patch:
        patch.setattr(Erasing, "_take_out", died)
        said = [each async for each in erasing.erase(plan, by="admin:eve", reason=WHY)]
    assert [error is not None for _, error in said] == [True]
    unfinished = await call("verify", "--json")
    assert unfinished.code == 1
    assert "erase it again" in unfinished.json["findings"][0]["what"]
    await erased(call)
    verified = await call("verify", "--json")
    assert verified.json["findings"] == []
    assert [each["attempt"] for each in verified.json["erasures"]] == [asha]


async def test_nothing_comes_back_by_a_message_by_marks_or_by_a_ruling(
    flushing: App, call: Caller
) -> None:
    (asha,) = await sat(flushing, "asha")
    await erased(call)
    message = Message(unique("m"), EXAM, [asha], "hello")
    sitter = Candidate(flushing, "asha").sitter
    reply = await flushing.attempts.act(flushing.clock.now(), sitter, message, EXAM)
    assert reply.problem is not None
    assert reply.problem.code is Code.ATTEMPT_CLOSED
    with pytest.raises(ExamError):
        await flushing.results.marking.mark(asha, "q1", "1", by="eve", note="", scope=Scope(EXAM))
    item = next(iter(flushing.exams.items(EXAM)))
    assert (await call("results", "rule", EXAM, item, "dropped", "--reason", "x")).code == 0
    assert (await call("results", "regrade", EXAM, "--reason", "x")).code == 0
    assert (await call("verify", "--json")).json["findings"] == []


async def test_an_archive_after_the_erasure_verifies_and_holds_nothing(
    flushing: App, call: Caller, tmp_path: Path
) -> None:
    await sat(flushing, "asha")
    anchors = tmp_path / "anchors"
    await call("anchor", EXAM, "-o", str(anchors))
    await erased(call)
    file = tmp_path / "exam.archive"
    assert (await call("archive", EXAM, "-o", str(file))).code == 0
    assert TEXT.encode() not in file.read_bytes()
    said = await call("verify", "--archive", str(file), "--anchors", str(anchors), "--json")
    assert said.json["findings"] == []
    assert len(said.json["erasures"]) == 1


async def test_what_was_released_long_ago_is_erased_by_retention(
    flushing: App, call: Caller
) -> None:
    (asha,) = await sat(flushing, "asha")
    quiet = ("--answers-after", "30", "--yes")
    assert (await call("retain", *quiet)).code == 0
    assert (await call("verify", "--json")).json["erasures"] == []
    assert (await call("results", "release", EXAM, "--reason", "out")).code == 0
    assert (await call("retain", *quiet)).code == 0
    assert (await call("verify", "--json")).json["erasures"] == []
    await flushing.pool.execute("UPDATE releases SET done_at = done_at - 31 * 86400000::bigint")
    assert (await call("retain", *quiet)).code == 0
    ((who, what),) = [
        (each["attempt"], each["what"])
        for each in (await call("verify", "--json")).json["erasures"]
    ]
    assert (who, "kept for 30 days after release" in what) == (asha, True)
    assert (await call("retain")).code == 2

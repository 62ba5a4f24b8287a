"""`examsync verify` on what a real flush left in a real Postgres, and on what somebody changed."""

import asyncio

import pytest
import redis

from examsync.attempts.attempt import Seat
from examsync.attempts.flush import place
from examsync.attempts.identity import partition
from protocol.from_client import Extend, RaiseHand
from tests.services.calling import Called, Caller
from tests.services.installation import EXAM, App, Candidate, done, furnish, unique, view


async def sat(built: App, *names: str) -> list[str]:
    """Attempts with all kinds of facts, flushed; their ids."""
    ids = await furnish(built, *names)
    for name in names:
        one = Candidate(built, name)
        await one.start()
        for item in (0, 1, 0):
            done(await one.answer(None, item=item))
        await one.signal()
        hand = RaiseHand(unique("hand"))
        done(await built.attempts.command(built.clock.now(), one.sitter, hand))
        second = Candidate(built, name, device="phone")
        await second.join()
        await one.answer(None)
        more = Extend(unique("more"), EXAM, [one.attempt], 60_000, "alarm")
        done(await built.attempts.act(built.clock.now(), one.sitter, more, EXAM))
        await second.submit()
    await built.working.flush()
    return ids


def wrong(called: Called) -> list[tuple[str, int, str]]:
    """What a call with --json found."""
    assert called.code == (1 if called.json["findings"] else 0), called.err
    return [(each["attempt"], each["n"], each["what"]) for each in called.json["findings"]]


async def test_what_was_flushed_is_verified(built: App, call: Caller) -> None:
    await sat(built, "asha", "ravi", "meera")
    said = await call("verify", EXAM)
    assert (said.code, said.err) == (0, "")
    facts = await built.pool.fetchval("SELECT count(*) FROM facts")
    assert said.out == f"3 attempts of {facts} facts: nothing wrong.\n"
    assert (await call("verify")).out == said.out
    assert wrong(await call("verify", EXAM, "--json")) == []


async def test_only_the_exam_that_is_named_is_looked_at(built: App, call: Caller) -> None:
    (id_,) = await sat(built, "asha")
    await furnish(built, "ravi", exam="exam-2")
    await built.pool.execute("UPDATE attempts SET n = 99 WHERE id = $1", id_)
    assert wrong(await call("verify", "exam-2", "--json")) == []
    assert {each[0] for each in wrong(await call("verify", "--json"))} == {id_}


async def test_an_exam_that_is_not_there_is_said(built: App, call: Caller) -> None:
    said = await call("verify", "no-such-exam")
    assert (said.code, said.out) == (1, "")
    assert "not_found" in said.err
    assert (await call("verify", "no such exam")).code == 2
    assert (await call("verify")).out == "0 attempts of 0 facts: nothing wrong.\n"


TAMPERING = {
    "changed": "UPDATE facts SET fact = replace(fact, '\"seq\":2', '\"seq\":9')"
    " WHERE attempt = $1 AND n = 4",
    "removed": "DELETE FROM facts WHERE attempt = $1 AND n = 4",
    "reordered": "UPDATE facts f SET n = 9 - f.n, fact = replace(fact, '\"n\":' || f.n || ',',"
    " '\"n\":' || 9 - f.n || ',') WHERE attempt = $1 AND n IN (4, 5)",
    "inserted": "INSERT INTO facts SELECT attempt, epoch, 99, 'x', kind,"
    " replace(fact, '\"n\":4,', '\"n\":99,') FROM facts WHERE attempt = $1 AND n = 4",
    "set aside": "UPDATE facts SET branch = true WHERE attempt = $1 AND n = 4",
    "row": "UPDATE attempts SET closed_at = closed_at - 1 WHERE id = $1",
    "core": "UPDATE attempts SET core = replace(core, '60000', '90000') WHERE id = $1",
    "head": "UPDATE attempts SET head = 'x' WHERE id = $1",
    "response": "UPDATE responses SET seq = 99 WHERE attempt = $1",
    "no response": "DELETE FROM responses WHERE attempt = $1",
    "command": "UPDATE commands SET effect = '{}' WHERE attempt = $1 AND kind = 'extend'",
    "no command": "DELETE FROM commands WHERE attempt = $1 AND kind = 'submit'",
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_somebody_changed_is_found(built: App, call: Caller, what: str) -> None:
    asha, ravi = await sat(built, "asha", "ravi")
    statement = TAMPERING[what]
    if what == "reordered":
        await built.pool.execute("DROP INDEX facts_in_order")
    changed = await built.pool.execute(statement, asha)
    assert changed.split()[-1] != "0", "the statement changed nothing"
    found = wrong(await call("verify", EXAM, "--json"))
    assert found
    assert {each[0] for each in found} == {asha}
    said = await call("verify", EXAM)
    assert said.code == 1
    assert said.out.startswith(f"WRONG   {asha} ")
    assert ravi not in said.out


async def test_a_branch_is_reported_and_is_nothing_wrong(
    built: App, call: Caller, client: redis.Redis
) -> None:
    """Facts that another flusher had read when Redis was lost, and committed after the rebuild."""
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    await built.working.flush()
    done(await asha.answer(None))
    await asha.submit()
    dead = await built.store.read(partition(id_, 2), "paused", 100)
    client.flushall()
    reply = await built.attempts.view(id_)
    while reply.problem is not None:
        reply = await built.attempts.view(id_)
    await Candidate(built, "asha", device="phone").join()
    writing = await built.records.begin([id_])
    await writing.commit(place(writing.rows, dead))
    await built.working.flush()
    said = await call("verify", EXAM)
    assert said.code == 0
    assert f"branch  {id_} 3: a branch of epoch 1: answer_saved\n" in said.out
    assert said.out.endswith("1 attempt of 5 facts: nothing wrong, 2 facts in branches.\n")
    assert (await view(built, id_)).rev == (2, 3)


async def test_nothing_is_found_wrong_while_attempts_are_written(built: App, call: Caller) -> None:
    """Each attempt is read as of one moment."""
    await sat(built, "asha")
    ravi = Candidate(built, "ravi")
    await built.records.register([Seat(EXAM, "ravi")])
    await ravi.start()
    over = asyncio.Event()

    async def write() -> None:
        while not over.is_set():
            done(await ravi.answer(None))
            await built.working.flush()

    writing = asyncio.ensure_future(write())
    for _ in range(5):
        assert wrong(await call("verify", EXAM, "--json")) == []
    over.set()
    await writing

"""What leaves Redis, and that it comes back unchanged: real Valkey, real Postgres."""

from typing import Any

import pytest
from msgspec import structs

from examsync.attempts import cleaning, scripts
from examsync.attempts.attempt import Attempt
from examsync.attempts.environment import Sitter
from examsync.attempts.identity import partition
from examsync.attempts.ports import Life
from examsync.infra import keys
from protocol.from_client import Reopen
from tests.services.installation import (
    EXAM,
    HOUR,
    App,
    Candidate,
    ahead,
    done,
    furnish,
    opened,
    unique,
    view,
)


def name_of(attempt: Attempt) -> str:
    """The key of an attempt's hash."""
    return keys.attempt(partition(attempt.id, 2), attempt.epoch, attempt.id)


async def clean(built: App) -> int:
    """One turn over both partitions; how many hashes went."""
    counts = [await cleaning.Cleaning(built.store).turn(p, built.clock.now()) for p in range(2)]
    return sum(counts)


async def handed_in(built: App, candidate: str = "asha") -> Candidate:
    """An attempt with two answers and a signal, submitted and flushed."""
    sitting = Candidate(built, candidate)
    await sitting.start()
    for item in range(2):
        done(await sitting.answer(f"{candidate} says {item}", item=item))
    await sitting.signal()
    await sitting.submit()
    await built.working.flush()
    return sitting


async def retired(built: App, candidate: str = "asha") -> Attempt:
    """An attempt that has left Redis, as it was before."""
    sitting = await handed_in(built, candidate)
    before = await view(built, sitting.attempt)
    ahead(built, cleaning.RETIRE_AFTER_MS + 1)
    assert await clean(built) == 1
    return before


# --- older lives --------------------------------------------------------------------------------


async def new_epoch(built: App) -> None:
    """Claim later epochs, as a process does that met one in Postgres."""
    for p in range(2):
        life = built.lives.get(p)
        assert life is not None
        await built.store.renew(p, life.epoch)


async def test_hashes_of_an_older_epoch_go_once_their_facts_are_durable(
    built: App, raw: Any
) -> None:
    await furnish(built, "asha", "ravi")
    for name in ("asha", "ravi"):
        await Candidate(built, name).start()
    old = [name async for name in raw.scan_iter("*:a:*")]
    assert len(old) == 2
    await new_epoch(built)
    assert await clean(built) == 0, "what is in the log may still be needed to look at them"
    await built.working.flush()
    assert await clean(built) == 2
    assert await raw.exists(*old) == 0
    attempts = [await view(built, Candidate(built, name).attempt) for name in ("asha", "ravi")]
    assert {(attempt.epoch, attempt.n) for attempt in attempts} == {(2, 2)}
    assert await clean(built) == 0


async def test_a_partition_whose_log_holds_older_facts_stops_only_itself(
    built: App, raw: Any
) -> None:
    names = [f"c-{n}" for n in range(8)]
    ids = await furnish(built, *names)
    for name in names:
        await Candidate(built, name).start()
    await new_epoch(built)
    for p in range(2):
        if p == 0:
            while await built.working._flush(p):
                pass
    assert await clean(built) == sum(partition(id_, 2) == 0 for id_ in ids) > 0


async def test_nothing_goes_before_a_life_is_known(built: App) -> None:
    await furnish(built, "asha")
    await Candidate(built, "asha").start()
    await new_epoch(built)
    await built.working.flush()
    built.lives.doubt()
    assert await clean(built) == 0


async def test_every_page_of_the_scan_is_looked_at(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "SCAN_COUNT", 3)
    names = [f"c-{n}" for n in range(40)]
    await furnish(built, *names)
    for name in names:
        await Candidate(built, name).start()
    await built.working.flush()
    await new_epoch(built)
    assert await clean(built) == 40


# --- closed attempts ----------------------------------------------------------------------------


async def test_a_closed_attempt_leaves_only_its_head_and_comes_back_unchanged(
    built: App, raw: Any
) -> None:
    await furnish(built, "asha")
    before = await retired(built)
    left = await raw.hgetall(name_of(before))
    assert left == {b"head": f"{before.n}:{before.head}".encode()}
    assert await raw.zcard(keys.due(partition(before.id, 2))) == 0
    assert await view(built, before.id) == before, "who has it at hand need not load it"
    ahead(built, HOUR)
    assert built.attempts.clear_idle() == 1
    after = await view(built, before.id)
    assert structs.replace(after, durable=before.durable) == before
    assert after.durable == before.rev
    assert await raw.hlen(name_of(before)) > 2
    assert await clean(built) == 1


async def test_another_process_finds_it_too(built: App) -> None:
    await furnish(built, "asha")
    before = await retired(built)
    async with opened(built.config) as other:
        after = await view(other, before.id)
    assert structs.replace(after, durable=before.durable) == before


async def test_it_goes_neither_too_early_nor_while_it_is_open(built: App) -> None:
    await furnish(built, "asha", "ravi", closes_at=built.clock.now() + 48 * HOUR)
    await handed_in(built, "asha")
    await Candidate(built, "ravi").start()
    await built.working.flush()
    ahead(built, cleaning.RETIRE_AFTER_MS - HOUR)
    assert await clean(built) == 0
    ahead(built, HOUR + 1)
    assert await clean(built) == 1
    assert (await view(built, Candidate(built, "ravi").attempt)).core.state == "in_progress"


async def test_it_stays_while_a_fact_of_it_is_not_durable(built: App) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    await asha.submit()
    ahead(built, cleaning.RETIRE_AFTER_MS + 1)
    assert await clean(built) == 0
    await built.working.flush()
    assert await clean(built) == 1


async def test_a_reopening_of_what_was_retired_builds_on_all_of_it(built: App, raw: Any) -> None:
    await furnish(built, "asha", closes_at=built.clock.now() + 48 * HOUR)
    before = await retired(built)
    act = Reopen(unique("act"), EXAM, [before.id], "appeal", extra_ms=HOUR)
    sitter = Sitter(before.id, "examiner:eva")
    # This process still has it at hand, as it was: its write finds that it has to come back whole.
    assert built.attempts.confirmed(before.id) == before
    opened_again = done(await built.attempts.act(built.clock.now(), sitter, act, EXAM))
    assert opened_again.responses == before.responses
    assert opened_again.n == before.n + 1
    stored = await built.store.load(partition(before.id, 2), before.id)
    assert stored is not None
    assert structs.replace(stored, durable=opened_again.durable) == opened_again
    await built.working.flush()
    assert (await view(built, before.id)).durable == opened_again.rev


async def test_it_comes_back_from_its_own_head_only(built: App, raw: Any) -> None:
    await furnish(built, "asha")
    before = await retired(built)
    p = partition(before.id, 2)
    earlier = structs.replace(before, n=before.n - 1, head="an older head")
    assert not await built.store.create(p, earlier, "-")
    assert await raw.hlen(name_of(before)) == 1
    assert await built.store.create(p, before, "-")
    assert await raw.hlen(name_of(before)) > 2


async def test_a_repeated_flush_leaves_the_head_alone(built: App, raw: Any) -> None:
    await furnish(built, "asha")
    before = await retired(built)
    p = partition(before.id, 2)
    batch = await built.store.read(p, "somebody slow", 10)
    assert await built.store.finish(p, batch, [], {before.id: before.rev})
    assert await raw.hlen(name_of(before)) == 1
    assert (await view(built, before.id)).n == before.n


@pytest.mark.parametrize(("life", "head", "said"), [("1", None, b"life"), (None, "1:x", b"head")])
async def test_the_script_retires_only_what_was_looked_at_in_this_life(
    built: App, raw: Any, life: str | None, head: str | None, said: bytes
) -> None:
    await furnish(built, "asha")
    attempt = await view(built, (await handed_in(built)).attempt)
    p = partition(attempt.id, 2)
    here = built.lives.get(p)
    assert here is not None
    names = [keys.epoch(p), name_of(attempt)]
    words = [life or here.text, head or f"{attempt.n}:{attempt.head}"]
    (reply,) = await scripts.ask(built.store.reads, scripts.RETIRE.call(names, words))
    assert reply == said
    assert await raw.hlen(name_of(attempt)) > 2


async def test_another_server_than_the_one_that_was_looked_at_forgets_nothing(
    built: App, raw: Any
) -> None:
    """Of two primaries the one that is in an older life holds its attempts under that."""
    life = built.store.life(0) or await _first_life(built)
    key = keys.attempt(0, life.epoch, "an-attempt")
    await raw.hset(key, "head", "1:x")
    later = structs.replace(life, epoch=life.epoch + 1)
    forget = scripts.FORGET.call([keys.epoch(0), key], [later.text])
    assert await scripts.ask(built.store.reads, forget) == [b"life"]
    assert await raw.exists(key)
    forget = scripts.FORGET.call([keys.epoch(0), key], [life.text])
    assert await scripts.ask(built.store.reads, forget) == [b"ok"]
    assert not await raw.exists(key)


async def _first_life(built: App) -> Life:
    await view(built, (await furnish(built, "asha"))[0])
    life = built.store.life(0)
    assert life is not None
    return life

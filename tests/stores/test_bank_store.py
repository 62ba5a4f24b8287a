"""Banks and papers as Postgres keeps them."""

import asyncpg
import msgspec
import pytest

from examsync.bank import store
from examsync.bank.composition import Choices, compose, suggested
from examsync.bank.entry import Entry, digest
from examsync.bank.intake import Change, Held
from examsync.infra.postgres import Pool
from tests import papers

ENTRIES = [Entry(question, "Part I", "4", "2/3") for question in papers.every_kind()]


async def stored(pool: Pool, entries: list[Entry], version: int = 1) -> None:
    """Put these entries into the bank "b" as that version."""
    changes = [Change(version, digest(entry), entry) for entry in entries]
    async with pool.acquire() as connection, connection.transaction():
        await store.lock_bank(connection, "b", "asha")
        await store.insert_changes(connection, "b", changes, "asha")


async def test_entries_of_every_kind_come_back_as_they_were(pool: Pool) -> None:
    await stored(pool, ENTRIES)
    found = await store.fetch_entries(pool, "b", 100)
    assert [one.entry for one in found] == ENTRIES
    assert [one.number for one in found] == sorted(one.number for one in found)


async def test_unicode_and_backslashes_survive(pool: Pool) -> None:
    stem = "हिन्दी தமிழ் اردو 🙂 \\u0041 \\frac{1}{2} \" ' \u2028"
    entry = Entry(msgspec.structs.replace(papers.single(), stem=stem))
    await stored(pool, [entry])
    (found,) = await store.fetch_entries(pool, "b", 1)
    assert found.entry == entry


async def test_the_newest_version_counts_and_keeps_its_place(pool: Pool) -> None:
    await stored(pool, ENTRIES)
    newer = msgspec.structs.replace(ENTRIES[0], marks="5")
    await stored(pool, [newer], version=2)
    held = await store.fetch_held(pool, "b")
    assert held["capital"] == Held(2, digest(newer))
    assert held["primes"].version == 1
    found = await store.fetch_entries(pool, "b", 2)
    assert [one.entry for one in found] == [newer, ENTRIES[1]]


async def test_a_version_is_stored_once(pool: Pool) -> None:
    await stored(pool, ENTRIES)
    with pytest.raises(asyncpg.UniqueViolationError):
        await stored(pool, ENTRIES[:1])


async def test_banks_do_not_mix(pool: Pool) -> None:
    await stored(pool, ENTRIES)
    assert await store.fetch_held(pool, "other") == {}
    assert await store.fetch_entries(pool, "other", 10) == []


async def test_a_paper_comes_back_as_it_was_and_keeps_its_versions(pool: Pool) -> None:
    await stored(pool, ENTRIES)
    found = await store.fetch_entries(pool, "b", 100)
    paper = compose(
        "p-1", "A paper", suggested([one.entry for one in found]), Choices(), "Be calm."
    )
    numbers = {one.entry.question.external_id: one.number for one in found}
    async with pool.acquire() as connection, connection.transaction():
        await store.insert_paper(connection, paper, "b", numbers, "asha")
    assert await store.fetch_paper(pool, "p-1") == paper
    await stored(pool, [Entry(papers.single(right=3))], version=2)
    assert await store.fetch_paper(pool, "p-1") == paper


async def test_there_may_be_no_such_paper(pool: Pool) -> None:
    assert await store.fetch_paper(pool, "nowhere") is None

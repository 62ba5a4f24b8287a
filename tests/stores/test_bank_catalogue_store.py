"""Pages of banks, questions and papers, on a real Postgres."""

import asyncio
from typing import Any

import msgspec
import pytest

from examsync.bank import catalogue_store as catalogue
from examsync.bank import store
from examsync.bank.catalogue_store import Page, QuestionsWanted, Window
from examsync.bank.composition import Choices, compose, suggested
from examsync.bank.entry import Entry, digest
from examsync.bank.intake import Change
from examsync.bank.question import TrueFalse
from examsync.infra.postgres import Pool
from tests import papers

ANY = QuestionsWanted()
SECTIONS = ["Part I", "", "part i", "Part II", "", "Part I"]
ENTRIES = [
    Entry(question, section, "2/3")
    for question, section in zip(papers.every_kind(), SECTIONS, strict=True)
]


async def stored(pool: Pool, bank: str, entries: list[Entry], version: int = 1) -> None:
    changes = [Change(version, digest(entry), entry) for entry in entries]
    async with pool.acquire() as connection, connection.transaction():
        await store.lock_bank(connection, bank, "asha")
        await store.insert_changes(connection, bank, changes, "asha")
    await asyncio.sleep(0.003)  # times are whole milliseconds: each bank has one of its own


async def paged(asked: Any, sort: str, limit: int) -> list[Any]:
    """All rows, page by page; the total is the same on each."""
    found: list[Any] = []
    after, totals = None, set()
    while True:
        page: Page[Any] = await asked(Window(sort, limit, after))
        found += page.rows
        totals.add(page.total)
        assert len(page.rows) <= limit
        if page.next is None:
            assert totals == {len(found)}
            return found
        after = page.next


async def test_banks_are_counted_by_kind_and_section(pool: Pool) -> None:
    await stored(pool, "b-1", ENTRIES)
    newer = Entry(msgspec.structs.replace(ENTRIES[0].question, stem="?"), "Part III")
    await stored(pool, "b-1", [newer], version=2)
    async with pool.acquire() as connection:
        await store.lock_bank(connection, "Empty", "asha")
    page = await catalogue.page_of_banks(pool, Window("bank", 10), "")
    one, empty = page.rows
    assert (one.bank, one.questions, sum(one.kinds.values())) == ("b-1", 6, 6)
    assert one.sections == {"Part I": 1, "part i": 1, "Part II": 1, "Part III": 1, "": 2}
    assert (empty.bank, empty.questions, empty.kinds, empty.sections) == ("Empty", 0, {}, {})
    assert one.changed_at > 1_700_000_000_000
    assert (page.next, page.total) == (None, 2)
    assert (await catalogue.page_of_banks(pool, Window("bank", 10), "MPT")).rows == [empty]


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("bank", ["a", "B", "c"]),
        ("questions", ["c", "a", "B"]),
        ("changed_at", ["B", "c", "a"]),
    ],
)
async def test_banks_come_in_every_order_and_page(
    pool: Pool, sort: str, names: list[str], limit: int
) -> None:
    await stored(pool, "B", ENTRIES)
    await stored(pool, "c", ENTRIES[:1])
    await stored(pool, "a", ENTRIES[:2])

    async def asked(window: Window) -> Page[catalogue.BankRow]:
        return await catalogue.page_of_banks(pool, window, "")

    assert [row.bank for row in await paged(asked, sort, limit)] == names
    assert [row.bank for row in await paged(asked, f"-{sort}", limit)] == names[::-1]


@pytest.mark.parametrize("limit", [1, 4, 100])
@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("place", ENTRIES.index),
        ("external_id", lambda entry: entry.question.external_id),
        ("kind", lambda entry: entry.question.__struct_config__.tag),
        ("section", lambda entry: entry.section.lower()),
        ("topic", lambda entry: entry.question.topic),
    ],
)
async def test_questions_come_in_every_order_and_page(
    pool: Pool, sort: str, key: Any, limit: int
) -> None:
    await stored(pool, "b", ENTRIES)
    await stored(pool, "other", ENTRIES)

    async def asked(window: Window) -> Page[catalogue.QuestionRow]:
        return await catalogue.page_of_questions(pool, "b", window, ANY)

    expected = sorted(ENTRIES, key=key)  # equal ones in the order in which they came
    assert [row.entry for row in await paged(asked, sort, limit)] == expected
    assert [row.entry for row in await paged(asked, f"-{sort}", limit)] == expected[::-1]


async def test_a_changed_question_keeps_its_place_and_is_the_last_that_changed(pool: Pool) -> None:
    await stored(pool, "b", ENTRIES)
    newer = msgspec.structs.replace(ENTRIES[1], marks="9")
    await stored(pool, "b", [newer], version=2)
    page = await catalogue.page_of_questions(pool, "b", Window("place", 2), ANY)
    assert [(row.version, row.stored_by) for row in page.rows] == [(1, "asha"), (2, "asha")]
    assert page.rows[1].entry == newer
    (last,) = (await catalogue.page_of_questions(pool, "b", Window("-changed_at", 1), ANY)).rows
    assert last.entry == newer


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"kind": "numerical"}, ["pi"]),
        ({"section": ""}, ["primes", ENTRIES[4].question.external_id]),
        ({"section": "Part I"}, ["capital", ENTRIES[5].question.external_id]),
        ({"topic": "geography"}, ["capital"]),
        ({"difficulty": "hard"}, []),
        ({"q": "KOLKATA"}, ["capital"]),
        ({"q": "PRIME"}, ["primes", "seven"]),
        ({"q": "prime", "kind": "true_false"}, ["seven"]),
        ({"q": "geograph"}, ["capital"]),
        ({"q": "5d41402a"}, []),
        ({"q": "%"}, []),
        ({"q": "single_choice"}, []),
    ],
)
async def test_questions_are_sought_by_what_is_in_them(
    pool: Pool, wanted: dict[str, str], names: list[str]
) -> None:
    await stored(pool, "b", ENTRIES)
    page = await catalogue.page_of_questions(
        pool, "b", Window("place", 100), QuestionsWanted(**wanted)
    )
    assert [row.entry.question.external_id for row in page.rows] == names
    assert page.total == len(names)


async def test_quotes_and_scripts_of_all_sorts_are_sought_as_they_are(pool: Pool) -> None:
    stem = "भौतिकी: \"x\" is \\frac{1}{2}, 'y' is Široký"
    odd = Entry(TrueFalse(external_id="a/b c", stem=stem, answer=True, tags=("Größe",)))
    await stored(pool, "b", [*ENTRIES, odd])
    for q in ("भौतिकी", '"x"', "\\frac{", "Široký", "A/B C", "'y'"):
        wanted = QuestionsWanted(q=q)
        page = await catalogue.page_of_questions(pool, "b", Window("place", 9), wanted)
        assert [row.entry for row in page.rows] == [odd], q


async def paper(pool: Pool, bank: str, paper_id: str, title: str) -> None:
    found = await store.fetch_entries(pool, bank, 100)
    made = compose(paper_id, title, suggested([one.entry for one in found]), Choices())
    numbers = {one.entry.question.external_id: one.number for one in found}
    async with pool.acquire() as connection, connection.transaction():
        await store.insert_paper(connection, made, bank, numbers, "asha")


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_papers_come_in_every_order_and_page(pool: Pool, limit: int) -> None:
    await stored(pool, "b", ENTRIES)
    await stored(pool, "other", ENTRIES[:1])
    for bank, paper_id, title in [("b", "p-2", "x"), ("other", "P-3", "A"), ("b", "p-1", "B")]:
        await paper(pool, bank, paper_id, title)

    async def asked(window: Window) -> Page[catalogue.PaperRow]:
        return await catalogue.page_of_papers(pool, window, None, "")

    orders = {
        "created_at": ["p-2", "P-3", "p-1"],
        "title": ["P-3", "p-1", "p-2"],
        "paper": ["p-1", "p-2", "P-3"],
    }
    for sort, names in orders.items():
        assert [row.id for row in await paged(asked, sort, limit)] == names
        assert [row.id for row in await paged(asked, f"-{sort}", limit)] == names[::-1]


async def test_papers_are_sought_by_bank_id_and_title_and_count_their_marks(pool: Pool) -> None:
    await stored(pool, "b", ENTRIES)
    await paper(pool, "b", "p-1", "Physics")
    window = Window("paper", 10)
    (found,) = (await catalogue.page_of_papers(pool, window, "b", "PHYS")).rows
    assert (found.id, found.title, found.bank, found.marks) == ("p-1", "Physics", "b", {"2/3": 6})
    assert (await catalogue.page_of_papers(pool, window, "b", "p-1")).rows == [found]
    for bank, q in [("other", ""), (None, "chemistry")]:
        assert (await catalogue.page_of_papers(pool, window, bank, q)).rows == []
    origin = await catalogue.fetch_authorship(pool, "p-1")
    assert origin == catalogue.Authorship("b", "asha", found.created_at)
    assert await catalogue.fetch_authorship(pool, "p-9") is None


async def test_a_bank_is_there_or_not(pool: Pool) -> None:
    await stored(pool, "b", [])
    assert await catalogue.is_there(pool, "b")
    assert not await catalogue.is_there(pool, "B")

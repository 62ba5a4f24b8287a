"""Importing, composing and loading, on a real Postgres."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from examsync.bank import service, store
from examsync.bank.composition import Choices
from examsync.bank.entry import digest
from examsync.bank.formats import csv, gift
from examsync.bank.intake import Change
from examsync.bank.paper import public_paper
from examsync.bank.question import SingleChoice, kind_of
from examsync.bank.report import Report, Severity
from examsync.errors import ExamError, Unavailable
from examsync.infra.postgres import Pool, connect_pool
from protocol.http_papers import PaperSection
from protocol.problems import Code
from protocol.types import ItemKind
from tests.stores.locks import until_somebody_waits

MESSY = (Path(__file__).parents[1] / "data" / "messy.csv").read_bytes()
HEAD = "external_id,type,question,option_a,option_b,answer\n"


def rows(*lines: str) -> bytes:
    return (HEAD + "\n".join(lines)).encode()


async def load(pool: Pool, data: bytes, **options: Any) -> Report:
    return await service.import_questions(pool, bank="b", data=data, by="asha", **options)


def counts(report: Report) -> tuple[int, int, int, int]:
    return (report.accepted, report.updated, report.unchanged, report.skipped)


async def written(pool: Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM questions")
    return count


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(pool: Pool) -> None:
    report = await load(pool, service.sample())
    assert counts(report) == (32, 0, 0, 0)
    assert not report.committed
    assert await written(pool) == 0
    assert await pool.fetchval("SELECT count(*) FROM banks") == 0


async def test_the_same_file_again_changes_nothing(pool: Pool) -> None:
    report = await load(pool, service.sample(), commit=True)
    assert report.committed
    assert counts(report) == (32, 0, 0, 0)
    again = await load(pool, service.sample(), commit=True)
    assert counts(again) == (0, 0, 32, 0)
    assert await written(pool) == 32


async def test_rows_without_ids_are_known_by_their_wording(pool: Pool) -> None:
    await load(pool, b"question,answer\nSky?,blue\nSea?,green\n", commit=True)
    report = await load(pool, b"answer,question\nblue,Sky?\nblue,Sea?\ngrey,Fog?\n", commit=True)
    assert counts(report) == (1, 1, 1, 0)
    assert "external_id_made" in [problem.code for problem in report.problems]


async def test_a_changed_question_is_a_new_version_and_old_papers_keep_theirs(pool: Pool) -> None:
    await load(pool, rows("x,mcq,Which?,one,two,A"), commit=True)
    old = await service.create_paper(pool, title="Old", bank="b", by="asha")
    preview = await load(pool, rows("x,mcq,Which?,one,two,B"))
    assert counts(preview) == (0, 1, 0, 0)
    await load(pool, rows("x,mcq,Which?,one,two,B"), commit=True)
    new = await service.create_paper(pool, title="New", bank="b", by="asha")
    keys = []
    for paper_id in (old, new):
        question = (await service.load_paper(pool, paper_id)).items()[0].question
        assert isinstance(question, SingleChoice)
        keys.append([option.id for option in question.options].index(question.answer))
    assert keys == [0, 1]


async def test_a_file_with_errors_commits_nothing_unless_bad_rows_are_skipped(pool: Pool) -> None:
    report = await load(pool, MESSY, commit=True)
    assert not report.committed
    assert len(report.errors) == 8
    assert await written(pool) == 0
    report = await load(pool, MESSY, commit=True, skip_bad=True)
    assert report.committed
    assert counts(report) == (3, 0, 0, 8)
    assert await written(pool) == 3


async def test_a_file_that_breaks_off_is_not_taken_even_when_bad_rows_are_skipped(
    pool: Pool,
) -> None:
    data = rows("x,mcq,Which?,one,two,A", 'y,mcq,"Which')
    report = await load(pool, data, commit=True, skip_bad=True)
    assert not report.committed
    assert await written(pool) == 0


async def test_two_imports_at_once_are_one_after_the_other(pool: Pool) -> None:
    reports = await asyncio.gather(*(load(pool, service.sample(), commit=True) for _ in range(4)))
    assert sorted(report.accepted for report in reports) == [0, 0, 0, 32]
    assert await written(pool) == 32


async def test_an_import_waits_for_the_one_before_and_sees_what_it_did(pool: Pool) -> None:
    first, second = rows("x,mcq,Which?,one,two,A"), rows("x,mcq,Which?,one,two,B")
    await load(pool, first, commit=True)
    async with pool.acquire() as connection, connection.transaction():
        await store.lock_bank(connection, "b", "ravi")
        importing = asyncio.create_task(load(pool, second, commit=True))
        await until_somebody_waits(pool)
        (row,) = csv.parse(second).rows
        change = Change(2, digest(row.entry), row.entry)
        await store.insert_changes(connection, "b", [change], "ravi")
    assert counts(await importing) == (0, 0, 1, 0)
    assert await written(pool) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "cvs"}, "did you mean csv"),
        ({"format": "x"}, "there are: csv, gift, aiken, opentrivia"),
    ],
)
async def test_unknown_formats_are_named(pool: Pool, options: Any, words: str) -> None:
    with pytest.raises(ExamError, match=words) as caught:
        await load(pool, b"", **options)
    assert caught.value.code is Code.BAD_REQUEST


EVERY_KIND = service.template() + (
    b'short_text,=How?,,,,,,"\'=x;a\\;b",1/128,2/3,-S,@t,,"+why\nso",,,-x,"=tag;a,b",\n'
)


@pytest.mark.parametrize("format", ["csv", "gift"])
async def test_importing_what_was_exported_changes_nothing(pool: Pool, format: str) -> None:
    for data in (EVERY_KIND, service.sample()):
        assert (await load(pool, data, commit=True)).errors == []
    held = await written(pool)
    exported = await service.export_questions(pool, "b", format)
    again = await load(pool, exported, format=format, commit=True)
    assert (again.committed, again.errors, counts(again)) == (True, [], (0, 0, held, 0))
    assert await written(pool) == held
    other = await service.import_questions(
        pool, bank="other", data=exported, by="asha", format=format, commit=True
    )
    assert counts(other) == (held, 0, 0, 0)
    assert await service.export_questions(pool, "other", format) == exported


async def test_an_export_has_the_newest_versions_only(pool: Pool) -> None:
    await load(pool, rows("x,mcq,Which?,one,two,A", "y,mcq,Who?,one,two,A"), commit=True)
    await load(pool, rows("x,mcq,Which?,one,two,B"), commit=True)
    parsed = csv.parse(await service.export_questions(pool, "b"))
    assert [row.entry.question.external_id for row in parsed.rows] == ["x", "y"]
    assert isinstance(question := parsed.rows[0].entry.question, SingleChoice)
    assert question.answer == question.options[1].id


async def test_what_cannot_be_exported_says_why(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bank, format, code in [("none", "csv", Code.NOT_FOUND), ("b", "gitf", Code.BAD_REQUEST)]:
        with pytest.raises(ExamError) as caught:
            await service.export_questions(pool, bank, format)
        assert caught.value.code is code
    await load(pool, service.sample(), commit=True)
    monkeypatch.setattr(service, "EXPORTED_MAX", 31)
    with pytest.raises(ExamError, match="more than 31 questions"):
        await service.export_questions(pool, "b")


async def test_a_gift_file_that_breaks_off_is_not_taken(pool: Pool) -> None:
    data = b"Sure?{T}\n\nWhich?{=this ~that"
    report = await load(pool, data, format="gift", commit=True, skip_bad=True)
    assert not report.committed
    whole = await load(pool, data + b"}", format="gift", commit=True)
    assert counts(whole) == (2, 0, 0, 0)


@pytest.mark.parametrize("bank", ["", "a b", "../x", "x" * 65, "भौतिकी"])
async def test_a_bank_has_a_plain_id(pool: Pool, bank: str) -> None:
    with pytest.raises(ExamError) as caught:
        await service.import_questions(pool, bank=bank, data=b"", by="asha")
    assert caught.value.code is Code.BAD_REQUEST


async def test_the_sample_makes_a_paper_of_five_sections(pool: Pool) -> None:
    await load(pool, service.sample(), commit=True)
    paper_id = await service.create_paper(
        pool, title="Demo", bank="b", by="asha", instructions="Be calm."
    )
    paper = await service.load_paper(pool, paper_id)
    assert [section.title for section in paper.sections] == [
        "Science",
        "Mathematics",
        "The world",
        "Computing",
        "Writing",
    ]
    assert [item.id for item in paper.items()] == [f"q{n}" for n in range(1, 33)]
    assert paper.instructions == "Be calm."
    assert await service.instructions(pool, [paper_id, "none"]) == {paper_id: "Be calm."}
    assert len(msgspec.json.encode(public_paper(paper))) < 10_000


async def test_a_paper_may_be_shorter_and_have_marks_of_its_own(pool: Pool) -> None:
    await load(pool, rows("x,mcq,1?,a,b,A", "y,mcq,2?,a,b,A"), commit=True)
    chosen = Choices(marks="2", negative_marks="2/3")
    made = await service.create_paper(
        pool, title="T", bank="b", by="asha", limit=1, paper_id="p-1", chosen=chosen
    )
    assert made == "p-1"
    (item,) = (await service.load_paper(pool, "p-1")).items()
    assert (item.marks, item.negative_marks) == ("2", "2/3")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"bank": "empty"}, Code.NOT_FOUND),
        ({"paper_id": "p-1"}, Code.CONFLICT),
        ({"paper_id": "p 1"}, Code.BAD_REQUEST),
        ({"limit": 0}, Code.BAD_REQUEST),
    ],
)
async def test_papers_that_cannot_be_made_say_why(pool: Pool, options: Any, code: Code) -> None:
    await load(pool, rows("x,mcq,1?,a,b,A"), commit=True)
    await service.create_paper(pool, title="T", bank="b", by="asha", paper_id="p-1")
    with pytest.raises(ExamError) as caught:
        await service.create_paper(pool, **({"title": "T", "bank": "b", "by": "asha"} | options))
    assert caught.value.code is code


async def test_a_paper_that_is_not_there_is_not_found(pool: Pool) -> None:
    with pytest.raises(ExamError) as caught:
        await service.load_paper(pool, "nowhere")
    assert caught.value.code is Code.NOT_FOUND


async def test_a_database_that_is_away_is_said_to_be(pool: Pool, database_url: str) -> None:
    busy = await connect_pool(database_url, connections_max=1, acquire_timeout_s=0.1)
    try:
        async with busy.acquire():
            for asked in (
                load(busy, rows("x,mcq,1?,a,b,A")),
                load(busy, rows("x,mcq,1?,a,b,A"), commit=True),
                service.create_paper(busy, title="T", bank="b", by="asha"),
                service.load_paper(busy, "p-1"),
                service.export_questions(busy, "b"),
            ):
                with pytest.raises(Unavailable):
                    await asked
    finally:
        await busy.close()


@pytest.mark.parametrize("example", [service.template, service.sample])
def test_examples_say_the_same_in_every_format(example: Any) -> None:
    as_csv, as_gift = csv.parse(example()), gift.parse(example("gift"))
    assert [row.entry for row in as_gift.rows] == [row.entry for row in as_csv.rows]
    assert not [p for p in as_gift.problems if p.severity is Severity.ERROR]
    with pytest.raises(ExamError, match="there are: csv, gift"):
        example("xlsx")


async def test_a_paper_of_sections_draws_its_own_lots(pool: Pool) -> None:
    await load(pool, service.sample(), commit=True)
    sections = [
        PaperSection("Numbers", kind=ItemKind.NUMERICAL),
        PaperSection("By lot", count=8, random=True, marks="3", negative_marks="1"),
    ]
    drawn = set()
    for number in range(4):
        await service.create_paper(
            pool, title="T", bank="b", by="asha", sections=sections, paper_id=f"p-{number}"
        )
        numbers, lots = (await service.load_paper(pool, f"p-{number}")).sections
        assert {kind_of(item.question) for item in numbers.items} == {ItemKind.NUMERICAL}
        assert {(item.marks, item.negative_marks) for item in lots.items} == {("3", "1")}
        drawn.add(tuple(item.question.external_id for item in lots.items))
        assert len(lots.items) == 8
    assert len(drawn) > 1
    with pytest.raises(ExamError, match="wants 1000"):
        await service.create_paper(
            pool, title="T", bank="b", by="asha", sections=[PaperSection("A", count=1000)]
        )


def test_the_template_opens_in_excel_as_utf_8() -> None:
    assert service.template().startswith(b"\xef\xbb\xbf")
    assert service.sample().startswith(b"\xef\xbb\xbf")

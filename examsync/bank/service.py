"""Questions in and out of banks, papers made of them. Called by the commands, the HTTP API, exams.

Everything here that asks Postgres raises Unavailable when it cannot be asked.
"""

import asyncio
import difflib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec

from examsync.bank import store
from examsync.bank.composition import ITEMS_MAX, Choices, compose, suggested
from examsync.bank.formats import FORMATS, WRITERS
from examsync.bank.formats.parsed import Parsed
from examsync.bank.intake import changes, may_commit, report
from examsync.bank.paper import Paper
from examsync.bank.report import Report
from examsync.bank.selection import select
from examsync.bank.shuffle import Draws
from examsync.errors import ExamError
from examsync.infra.postgres import Pool, asking, transaction
from protocol.http_papers import PaperSection
from protocol.problems import Code
from protocol.types import Id

EXPORTED_MAX = 100_000
"""Questions of one export; they are in memory, some 100 MB for so many."""
_FOLDER = Path(__file__).parent
T = TypeVar("T")


async def import_questions(
    pool: Pool,
    *,
    bank: str,
    data: bytes,
    by: str,
    format: str = "csv",
    commit: bool = False,
    skip_bad: bool = False,
) -> Report:
    """Read a file of questions into a bank; without `commit`, only say what would happen.

    A commit is one transaction: all or, if the file has errors, nothing - or all good rows with
    `skip_bad`. The same file again changes nothing. Raises ExamError BAD_REQUEST for an unknown
    format or a bank id that is none; problems of the file are in the report.
    """
    check_id("bank", bank)
    parsed = await asyncio.to_thread(_named(FORMATS, format), data)
    if commit and may_commit(parsed, skip_bad=skip_bad):
        return await _commit(pool, bank, parsed, by)
    with asking():
        held = await store.fetch_held(pool, bank)
    return report(parsed, changes(parsed, held), committed=False)


async def export_questions(pool: Pool, bank: str, format: str = "csv") -> bytes:
    """All questions of a bank, each in its newest version, in the order in which they came.

    Importing them into the bank again, in the same format, changes nothing. Raises ExamError
    NOT_FOUND if the bank has no questions, BAD_REQUEST for an unknown format or too many questions.
    """
    check_id("bank", bank)
    write = _named(WRITERS, format)
    with asking():
        found = await store.fetch_entries(pool, bank, EXPORTED_MAX + 1)
    if not found:
        raise ExamError(Code.NOT_FOUND, f"the bank {bank!r} has no questions")
    if len(found) > EXPORTED_MAX:
        detail = f"the bank {bank!r} has more than {EXPORTED_MAX} questions"
        raise ExamError(Code.BAD_REQUEST, detail)
    return await asyncio.to_thread(write, [one.entry for one in found])


def _named(formats: Mapping[str, T], format_name: str) -> T:
    if format_name in formats:
        return formats[format_name]
    close = difflib.get_close_matches(format_name, formats, 1)
    meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join(formats)}"
    raise ExamError(Code.BAD_REQUEST, f"no format is called {format_name!r}; {meant}")


async def _commit(pool: Pool, bank: str, parsed: Parsed, by: str) -> Report:
    """Compared and stored under the bank's lock: two imports at once are one after the other."""
    async with transaction(pool) as connection:
        await store.lock_bank(connection, bank, by)
        changed = changes(parsed, await store.fetch_held(connection, bank))
        await store.insert_changes(connection, bank, changed, by)
    return report(parsed, changed, committed=True)


async def create_paper(
    pool: Pool,
    *,
    title: str,
    bank: str,
    by: str,
    chosen: Choices | None = None,
    limit: int | None = None,
    paper_id: str | None = None,
    instructions: str = "",
    sections: Sequence[PaperSection] = (),
) -> str:
    """Make a paper of the first `limit` questions of a bank (all by default); returns its id.

    Without `sections` they come from the questions' own. A paper never changes afterwards. Raises
    ExamError NOT_FOUND if the bank has no questions, CONFLICT if `paper_id` is taken, BAD_REQUEST
    for marks that are none and sections that cannot be filled.
    """
    made = paper_id or f"paper-{secrets.token_hex(6)}"
    check_id("paper", made)
    if limit is not None and limit < 1:
        raise ExamError(Code.BAD_REQUEST, "a paper has at least one question")
    async with transaction(pool) as connection:
        most = limit or (EXPORTED_MAX if sections else ITEMS_MAX + 1)
        found = await store.fetch_entries(connection, bank, most)
        if not found:
            raise ExamError(Code.NOT_FOUND, f"the bank {bank!r} has no questions; import some")
        entries = [one.entry for one in found]
        draws = Draws(secrets.token_bytes(32))
        parts = select(entries, sections, draws) if sections else suggested(entries)
        paper = compose(made, title, parts, chosen or Choices(), instructions)
        numbers = {one.entry.question.external_id: one.number for one in found}
        try:
            await store.insert_paper(connection, paper, bank, numbers, by)
        except asyncpg.UniqueViolationError as error:
            raise ExamError(Code.CONFLICT, f"there is a paper {made!r} already") from error
    return made


async def load_paper(source: store.Connection, paper_id: str) -> Paper:
    """A paper with its keys, by the pool or by a connection in use. Raises ExamError NOT_FOUND."""
    with asking():
        paper = await store.fetch_paper(source, paper_id)
    if paper is None:
        raise ExamError(Code.NOT_FOUND, f"there is no paper {paper_id!r}")
    return paper


async def instructions(pool: Pool, papers: Sequence[str]) -> dict[str, str]:
    """What these papers say before the start, by id; no more of them is read."""
    with asking():
        return await store.fetch_instructions(pool, papers)


def template(format: str = "csv") -> bytes:
    """A file with one question of each kind, to begin with. Excel opens the CSV as UTF-8.

    Raises ExamError BAD_REQUEST for an unknown format; `sample` too.
    """
    return _example("template.csv", format)


def sample(format: str = "csv") -> bytes:
    """The demo's bank: some thirty questions in four languages, ours, free for any use (CC0)."""
    return _example("sample.csv", format)


def _example(name: str, format: str) -> bytes:
    write = _named(WRITERS, format)
    data = (_FOLDER / name).read_bytes()
    return data if format == "csv" else write([row.entry for row in FORMATS["csv"](data).rows])


def check_id(what: str, text: str) -> None:
    """Raises ExamError BAD_REQUEST if `text` is no id; `what` it would be the id of."""
    try:
        msgspec.convert(text, Id)
    except msgspec.ValidationError as error:
        detail = f"{text!r} is no {what} id: use letters, digits, - _ . and :, at most 64"
        raise ExamError(Code.BAD_REQUEST, detail) from error

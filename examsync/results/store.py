"""Results, marks by hand, rulings and their news in Postgres. Called by `results.service` alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from examsync.bank import marks as exact_marks
from examsync.bank.entry import Entry
from examsync.bank.question import Question
from examsync.grading.ruling import Ruling
from examsync.infra.postgres import Connection, load_queries
from examsync.results.decision import Standing
from examsync.results.result import Hand, Result
from examsync.results.row import Made, News, Place, Rulings, ToMark
from protocol.http_marking import Decision
from protocol.http_results import Rule
from protocol.paper import Response
from protocol.types import Grading

Kind = TypeVar("Kind", bound=Struct)

_ANY_RULING = 2**63 - 1
_VALUE_PLACES = 9
"""Of the number that is only for sorting; thirds of marks differ long before that."""


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


def structs_of(rows: Iterable[Any], kind: type[Kind]) -> list[Kind]:
    """Rows as Structs whose fields are called as the columns are."""
    return [msgspec.convert(dict(row), kind) for row in rows]


# --- what is graded -------------------------------------------------------------------------------


async def lock_due(connection: Connection, limit: int, without: Sequence[str]) -> list[Standing]:
    """Attempts to grade, locked until the transaction ends; none that another one holds."""
    rows = await connection.fetch(_sql("lock_due"), limit, list(without))
    return await _standings(connection, [row["id"] for row in rows])


async def lock_attempts(connection: Connection, attempts: Sequence[str]) -> list[Standing]:
    """These attempts, locked in order of id; those that do not exist are left out."""
    await connection.execute(_sql("lock_attempts"), list(attempts))
    return await _standings(connection, attempts)


async def _standings(connection: Connection, attempts: Sequence[str]) -> list[Standing]:
    rows = await connection.fetch(_sql("fetch_standings"), list(attempts))
    return structs_of(rows, Standing)


async def fetch_responses(
    connection: Connection, attempts: Sequence[str]
) -> dict[str, dict[str, Response]]:
    """What stands for each item, by attempt."""
    found: dict[str, dict[str, Response]] = {attempt: {} for attempt in attempts}
    for row in await connection.fetch(_sql("fetch_responses"), list(attempts)):
        found[row["attempt"]][row["item"]] = row["response"]
    return found


async def fetch_hands(
    connection: Connection, attempts: Sequence[str]
) -> dict[str, dict[str, Hand]]:
    """The latest marks by hand for each item, by attempt."""
    found: dict[str, dict[str, Hand]] = {attempt: {} for attempt in attempts}
    for row in await connection.fetch(_sql("fetch_hands"), list(attempts)):
        found[row["attempt"]][row["item"]] = Hand(row["marks"], row["fingerprint"])
    return found


async def fetch_rulings(connection: Connection, exam: str, *, up_to: int = _ANY_RULING) -> Rulings:
    """What stands (or stood when `up_to` was the latest) of the decisions about an exam's items."""
    rows = await connection.fetch(_sql("fetch_rulings"), exam, up_to)
    standing = {
        row["item"]: Ruling(Rule(row["rule"]), _question(row["entry"]))
        for row in rows
        if row["rule"] is not None
    }
    return Rulings(standing, max((row["number"] for row in rows), default=0))


def _question(entry: object) -> Question | None:
    return None if entry is None else msgspec.convert(entry, Entry).question


# --- what grading writes --------------------------------------------------------------------------


async def insert_results(connection: Connection, made: Iterable[Made]) -> None:
    """Store the next revisions of results; the attempts' rows must be held."""
    await connection.executemany(_sql("insert_results"), [_result_row(one) for one in made])


def _result_row(made: Made) -> tuple[object, ...]:
    result = made.decided.result
    total = exact_marks.read(result.marks.whole.total)
    return (
        result.attempt,
        result.close,
        result.revision,
        made.before.n,
        made.ruling,
        result.marks,
        exact_marks.decimal(total, _VALUE_PLACES),
        result.marks.waiting,
        result.made_at,
        result.made_by,
        result.reason,
        result.released_at,
        result.released_by,
        result.reveal,
    )


async def touch_results(connection: Connection, held: Iterable[tuple[Standing, int]]) -> None:
    """Note that the latest results hold for the attempts, and up to these rulings, as they are
    now."""
    rows = [(one.attempt, one.close, one.revision, one.n, ruling) for one, ruling in held]
    await connection.executemany(_sql("touch_results"), rows)


async def set_gradings(connection: Connection, gradings: Mapping[str, Grading]) -> None:
    """How far the marks of attempts are."""
    values = [grading.value for grading in gradings.values()]
    await connection.execute(_sql("set_gradings"), list(gradings), values)


async def tell(connection: Connection, made: Iterable[Made]) -> None:
    """Put what is news about results into the outbox; a repeat changes nothing."""
    news = [one for one in made if one.decided.news is not None]
    results = [one.decided.result for one in news]
    await connection.execute(
        _sql("tell"),
        [one.decided.news for one in news],
        [one.before.exam for one in news],
        [result.attempt for result in results],
        [result.close for result in results],
        [result.revision for result in results],
        [result.made_at for result in results],
    )


async def insert_hand(
    connection: Connection, attempt: str, item: str, hand: Hand, *, note: str, by: str, at: int
) -> None:
    """Keep marks given by a person."""
    columns = (attempt, item, hand.fingerprint, hand.marks, note, at, by)
    await connection.execute(_sql("insert_hand"), *columns)


# --- rulings -------------------------------------------------------------------------------------


async def fetch_exam_paper(connection: Connection, exam: str) -> str | None:
    """The id of an exam's paper."""
    paper: str | None = await connection.fetchval(_sql("fetch_exam_paper"), exam)
    return paper


async def fetch_newest_question(
    connection: Connection, paper: str, item: str
) -> tuple[int, Question] | None:
    """The newest version of an item's question, and its number."""
    row = await connection.fetchrow(_sql("fetch_newest_question"), paper, item)
    if row is None:
        return None
    return row["number"], msgspec.convert(row["entry"], Entry).question


async def insert_ruling(
    connection: Connection,
    exam: str,
    item: str,
    decision: tuple[Rule | None, int | None],
    *,
    reason: str,
    by: str,
    at: int,
) -> None:
    """Keep a decision: the rule (None withdraws) and the number of the corrected question."""
    await connection.execute(_sql("insert_ruling"), exam, item, *decision, reason, at, by)


async def propose_regrades(connection: Connection, exam: str) -> int:
    """Propose to grade again what was graded; how many attempts that are."""
    return len(await connection.fetch(_sql("propose_regrades"), exam))


async def fetch_proposed(
    connection: Connection,
    exam: str,
    halls: Collection[str] = (),
    attempts: Collection[str] | None = None,
) -> list[str]:
    """The attempts for which a regrade is proposed; `halls` empty: of any hall."""
    named = None if attempts is None else list(attempts)
    rows = await connection.fetch(_sql("fetch_proposed"), exam, list(halls), named)
    return [row["id"] for row in rows]


async def fetch_decisions(connection: Connection, exam: str) -> list[Decision]:
    """Everything that was decided about the items of an exam, the newest first."""
    return structs_of(await connection.fetch(_sql("fetch_decisions"), exam), Decision)


# --- what is asked --------------------------------------------------------------------------------


async def fetch_place(connection: Connection, attempt: str) -> tuple[str, str] | None:
    """The exam and the hall of an attempt."""
    row = await connection.fetchrow(_sql("fetch_place"), attempt)
    return None if row is None else (row["exam"], row["hall"])


async def fetch_history(connection: Connection, attempt: str) -> list[Result]:
    """Every result an attempt ever had, by close and revision."""
    return structs_of(await connection.fetch(_sql("fetch_history"), attempt), Result)


async def fetch_to_mark(
    connection: Connection,
    exam: str,
    halls: Collection[str],
    item: str | None,
    *,
    after: Place,
    limit: int,
) -> list[ToMark]:
    """Responses that wait for a person, the longest waiting first; `halls` empty: of any hall."""
    asked = (exam, list(halls), item, *after, limit)
    return structs_of(await connection.fetch(_sql("fetch_to_mark"), *asked), ToMark)


async def count_to_mark(
    connection: Connection, exam: str, halls: Collection[str], item: str | None
) -> int:
    """How many those are."""
    return int(await connection.fetchval(_sql("count_to_mark"), exam, list(halls), item))


async def lock_news(connection: Connection, limit: int) -> list[News]:
    """The oldest news that nobody else is delivering."""
    return structs_of(await connection.fetch(_sql("lock_news"), limit), News)


async def forget_news(connection: Connection, news: Sequence[News]) -> None:
    """Delete what was delivered."""
    await connection.execute(_sql("forget_news"), [one.number for one in news])

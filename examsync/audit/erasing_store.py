"""What is personal, in Postgres: found, and taken out, each attempt in one transaction."""

import functools
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from examsync.attempts.attempt import Seat
from examsync.attempts.core import Core
from examsync.attempts.enrolled import OnRoll
from examsync.attempts.erasing import PERSON
from examsync.attempts.seal import blanked
from examsync.audit.erasure import Found, Target, done, why_not
from examsync.infra.postgres import Connection, Pool, asking, load_queries
from protocol.erasure import Blanked, Erased
from protocol.facts import Fact
from protocol.types import AttemptState, Grading

_fact = msgspec.json.Decoder(Fact).decode
_core = msgspec.json.Decoder(Core).decode
_EVERYBODY = ("delete_responses", "delete_commands", "delete_hand_marks", "delete_news")
_PERSON = ("delete_told", "delete_events", "delete_codes", "forget_person")


@functools.cache
def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("erasing.sql"))[name]


class Held(msgspec.Struct, frozen=True):
    """An attempt that is locked: its place, what its core says, and its salt."""

    standing: OnRoll
    core: Core
    salt: str


async def sought(
    pool: Pool, scope: str, exam: str | None, candidate: str | None, ids: list[str] | None = None
) -> list[Target]:
    """Attempts of an exam, of a candidate or both, with what there is. Raises Unavailable."""
    with asking():
        rows = await pool.fetch(_sql("sought"), exam, candidate, ids)
    return [_target(row, scope) for row in rows]


async def due(pool: Pool, scope: str, before: int) -> list[tuple[str, int]]:
    """Exams that were released before a time (ms) and not erased so far. Raises Unavailable."""
    with asking():
        return [
            (row["exam"], row["done_at"]) for row in await pool.fetch(_sql("due"), before, scope)
        ]


def _target(row: Any, scope: str) -> Target:
    state, grading = AttemptState(row["state"]), Grading(row["grading"])
    found = Found(state, grading, row["n"], bool(row["salt"]), row["erased"], row["facts"])
    over = done(found, scope)
    return Target(
        row["id"],
        row["exam"],
        row["candidate"],
        state,
        mark_of(row),
        row["facts"],
        row["responses"],
        over,
        "" if over else why_not(found),
    )


def mark_of(row: Any) -> str:
    """The result that stands, as an erasure's record has it; "" for none."""
    if row["marks"] is None:
        return ""
    return f"{row['close']}.{row['revision']}={row['marks']['whole']['total']}"


async def hold(connection: Connection, attempt: str) -> Held | None:
    """Lock an attempt until the transaction ends; None if it is gone."""
    row = await connection.fetchrow(_sql("hold"), attempt)
    if row is None:
        return None
    names = ("exam", "candidate", "name", "hall", "group", "factor_permille", "extension_ms")
    seat = Seat(**{name: row[name] for name in names})
    place = (row["epoch"], row["n"], row["head"])
    standing = OnRoll(row["id"], seat, AttemptState(row["state"]), "", *place)
    return Held(standing, _core(row["core"]), row["salt"])


async def standing_mark(connection: Connection, attempt: str) -> str:
    """The result that stands now."""
    (row,) = await connection.fetch(_sql("sought"), None, None, [attempt])
    return mark_of(row)


async def take_out(connection: Connection, held: Held) -> None:
    """All that the record in its chain says was erased; its row is locked."""
    id_, person = held.standing.attempt, held.core.erased == PERSON
    await _blank(connection, id_, held.salt)
    for name in _EVERYBODY:
        await connection.execute(_sql(name), id_)
    await connection.execute(_sql("delete_results"), id_, person)
    await connection.execute(_sql("reduce_result"), id_)
    for name in _PERSON if person else ():
        await connection.execute(_sql(name), id_)
    await connection.execute(_sql("mark_erased"), id_, held.core.erased)


async def _blank(connection: Connection, id_: str, salt: str) -> None:
    hashes, texts, late = [], [], []
    for row in await connection.fetch(_sql("fetch_facts"), id_):
        fact = _fact(row["fact"])
        if isinstance(fact.body, Erased | Blanked):
            continue
        if not salt:
            late.append(row["hash"])
        else:
            left = structs.replace(blanked(fact, salt), hash=fact.hash)
            hashes.append(row["hash"])
            texts.append(msgspec.json.encode(left).decode())
    await connection.execute(_sql("blank_facts"), id_, hashes, texts)
    await connection.execute(_sql("delete_branches"), id_, late)


async def forget_account(connection: Connection, candidate: str) -> bool:
    """Delete a candidate's account, if no attempt has the name any more; whether there was one."""
    if await connection.fetchval(_sql("left_of"), candidate):
        return False
    return bool(await connection.fetch(_sql("delete_account"), candidate))

"""The export of an exam against the tables themselves, asked in another way, and against acks."""

import json
from typing import Any

import msgspec
import pytest

from examsync.attempts import export as exporting
from examsync.attempts.environment import Sitter
from examsync.attempts.export import export
from examsync.attempts.sweep import PUT_OFF_MS
from protocol.from_client import Answer, Pause, Reopen, Terminate, Violation
from protocol.http import ExportedAttempt, ExportedResponse
from tests.services.installation import (
    EXAM,
    HOUR,
    MINUTE,
    App,
    Candidate,
    ahead,
    done,
    furnish,
    settled,
    unique,
    view,
)


async def exported(built: App, exam: str = EXAM) -> dict[str, ExportedAttempt]:
    """By candidate, after a flush."""
    await built.working.flush()
    found = [each async for each in export(built.records, exam)]
    assert [each.attempt for each in found] == sorted(each.attempt for each in found)
    return {each.candidate: each for each in found}


async def act(built: App, kind: type, attempt: str, reason: str, *, ago_ms: int = 0) -> None:
    body = kind(unique("act"), EXAM, [attempt], reason=reason)
    sitter = Sitter(attempt, "examiner:eva")
    done(await built.attempts.act(built.clock.now() - ago_ms, sitter, body, EXAM))


async def busy(built: App) -> None:
    """Attempts that ended in every way, with answers that stand and answers that do not."""
    names = ("asha", "ravi", "mina", "omar", "tara", "zoya")
    ids = dict(zip(names, await furnish(built, *names), strict=True))
    people = {name: Candidate(built, name) for name in names if name != "zoya"}
    for name, person in people.items():
        await person.start(built.clock.now() - (40 if name in ("mina", "tara") else 5) * MINUTE)
        for item in range(3):
            said = None if item == 2 else f"{name} says {item}"
            assert (
                await person.answer(said, item=item, at=built.clock.now() - HOUR)
            ).problem is None
    await people["asha"].submit()
    await act(built, Terminate, ids["ravi"], "left the hall")
    await act(built, Pause, ids["tara"], "ill", ago_ms=20 * MINUTE)
    await settled(built)
    await built.working.sweep_due()
    await people["mina"].answer("too late")
    ahead(built, 2 * HOUR + PUT_OFF_MS)
    await built.working.flush()
    await built.working.walk()


async def test_it_says_what_the_tables_say(built: App) -> None:
    await busy(built)
    found = await exported(built)
    attempts = await built.pool.fetch("SELECT * FROM attempts")
    assert len(found) == len(attempts) == 6
    for row in attempts:
        one = found[row["candidate"]]
        plain = (one.attempt, one.exam, one.state, one.rev, one.name, one.grading)
        theirs = [row[key] for key in ("id", "exam", "state", "name", "grading")]
        assert plain == (*theirs[:3], (row["epoch"], row["n"]), *theirs[3:])
        assert (one.started_at, one.closed_at) == (row["started_at"], row["closed_at"])
        assert one.responses == await responses(built, row["id"])
        assert [msgspec.to_builtins(each) for each in one.kept] == await kept(built, row["id"])


async def responses(built: App, attempt: str) -> dict[str, Any]:
    """The rows of the table, as they should come out."""
    query = "SELECT *, response::text AS said FROM responses WHERE attempt = $1"
    keys = ("lease", "seq", "arrived", "flag", "late")
    return {
        row["item"]: msgspec.convert(
            {"response": json.loads(row["said"]), **{key: row[key] for key in keys}},
            ExportedResponse,
        )
        for row in await built.pool.fetch(query, attempt)
    }


async def kept(built: App, attempt: str) -> list[dict[str, Any]]:
    """What was kept, from the facts."""
    query = "SELECT fact FROM facts WHERE attempt = $1 AND kind = 'answer_kept' ORDER BY n"
    bodies = [json.loads(row["fact"])["body"] for row in await built.pool.fetch(query, attempt)]
    return [{k: v for k, v in body.items() if k not in ("kind", "digest")} for body in bodies]


async def test_it_says_how_each_attempt_ended(built: App) -> None:
    await busy(built)
    found = await exported(built)
    assert {name: (one.state, one.close) for name, one in found.items()} == {
        "asha": ("submitted", "submitted"),
        "ravi": ("terminated", "left the hall"),
        "mina": ("expired", "expired"),
        "omar": ("expired", "expired"),
        "tara": ("expired", "unresumed"),
        "zoya": ("absent", "absent"),
    }
    assert [(one.response, one.why) for one in found["mina"].kept] == [("too late", "late")]
    assert found["asha"].kept == []


async def test_what_was_acked_is_in_it_and_a_cleared_answer_too(built: App) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    for response in ("first", "second"):
        assert (await asha.answer(response, item=1)).problem is None
    assert (await asha.answer("gone", item=2)).problem is None
    assert (await asha.answer(None, item=2)).problem is None
    items = list(built.exams.items(EXAM))
    one = (await exported(built))["asha"]
    standing = {item: (held.response, held.seq, held.lease) for item, held in one.responses.items()}
    assert standing == {items[1]: ("second", 2, asha.lease), items[2]: (None, 4, asha.lease)}
    assert one.rev == (await view(built, asha.attempt)).rev


async def test_an_attempt_that_was_reopened_has_not_ended(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    await asha.submit()
    await act(built, Reopen, id_, "appeal")
    one = (await exported(built))["asha"]
    assert (one.state, one.close, one.closed_at) == ("in_progress", "", None)
    await act(built, Terminate, id_, "")
    assert (await exported(built))["asha"].close == "terminated"


async def test_a_text_that_postgres_cannot_take_apart_stops_nothing(built: App) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    signal = Violation("v-1", "other", 0, "nul \x00 here")
    done(await built.attempts.command(built.clock.now(), asha.sitter, signal))
    answer = Answer(1, next(iter(built.exams.items(EXAM))), '😀 \\u0000 "')
    done(await built.attempts.answer(built.clock.now(), asha.sitter, answer))
    one = (await exported(built))["asha"]
    assert one.violations == ["v-1"]
    assert [held.response for held in one.responses.values()] == [answer.response]


async def test_every_page_is_read_and_other_exams_are_not(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    names = [f"c-{n}" for n in range(5)]
    await furnish(built, *names)
    await furnish(built, "elsewhere", exam="exam-2")
    assert sorted(await exported(built)) == names
    assert list(await exported(built, "exam-2")) == ["elsewhere"]
    assert await exported(built, "nowhere") == {}


async def test_each_line_is_what_the_protocol_says(built: App) -> None:
    await busy(built)
    for one in (await exported(built)).values():
        assert msgspec.json.decode(msgspec.json.encode(one), type=ExportedAttempt) == one

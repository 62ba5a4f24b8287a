"""`examsync exam show|change|copy` on real servers."""

from pathlib import Path

import pytest

from examsync.bank import service as bank
from examsync.cli import DONE, NOT_DONE, WRONG_CALL
from tests.services.calling import Caller
from tests.services.installation import MINUTE, QUESTIONS, App

CREATE = ("exam", "create", "physics-1", "--bank", "physics", "--duration", "90m")


@pytest.fixture(autouse=True)
async def made(built: App, call: Caller, tmp_path: Path) -> None:
    """The exam physics-1, a draft, with two candidates."""
    await bank.import_questions(built.pool, bank="physics", data=QUESTIONS, commit=True, by="t")
    opens = ("--opens-at", "2030-05-01T09:00+05:30", "--title", "Physics")
    assert (await call(*CREATE, *opens)).code == DONE
    file = tmp_path / "list.csv"
    file.write_text("candidate,hall,factor\nc-1,East,1.25\nc-2,West,1\n")
    assert (await call("exam", "seat", "physics-1", str(file))).code == DONE


async def test_an_exam_is_shown_with_all_there_is(call: Caller) -> None:
    shown = await call("exam", "show", "physics-1")
    assert shown.code == DONE
    said = dict(line.split(maxsplit=1) for line in shown.out.splitlines() if line[:6] != "window")
    assert said["exam"] == "physics-1: Physics"
    assert said["status"] == "draft"
    assert said["opens"] == "2030-05-01T03:30:00+00:00"
    assert said["duration"] == "90m"
    assert said["candidates"] == "2: 2 not_started"
    assert said["halls"] == "East, West"
    assert "frozen" not in said
    told = (await call("exam", "show", "physics-1", "--json")).json
    assert (told["duration_ms"], told["frozen"]) == (90 * MINUTE, [])
    nowhere = await call("exam", "show", "nowhere")
    assert (nowhere.code, nowhere.err) == (
        NOT_DONE,
        "examsync: not_found: there is no exam nowhere.\n",
    )


async def test_a_draft_is_changed_and_a_published_exam_says_what_is_frozen(call: Caller) -> None:
    done = await call("exam", "change", "physics-1", "--duration", "2h", "--takeover", "refuse")
    assert (done.code, done.out) == (DONE, "Changed physics-1: duration_ms, takeover.\n")
    told = (await call("exam", "show", "physics-1", "--json")).json
    assert (told["duration_ms"], told["takeover"]) == (120 * MINUTE, "refuse")
    await call("exam", "publish", "physics-1")
    done = await call("exam", "change", "physics-1", "--duration", "3h")
    assert done.code == NOT_DONE
    assert done.err.startswith("examsync: frozen: the exam is published: duration_ms: ")
    assert done.err.endswith("`extend`.\n")
    assert (await call("exam", "change", "physics-1", "--title", "New")).code == DONE
    assert (await call("exam", "change", "physics-1")).code == WRONG_CALL
    assert (await call("exam", "change", "physics-1", "--title", "")).code == WRONG_CALL


async def test_a_copy_is_a_rehearsal_at_another_time(call: Caller, built: App) -> None:
    done = await call(
        "exam", "copy", "physics-1", "physics-0", "--opens-at", "2030-04-30T09:00Z",
        "--title", "Rehearsal", "--candidates", "--publish",
    )  # fmt: skip
    said = "Copied physics-1 to physics-0 with 2 candidates and published it.\n"
    assert (done.code, done.out, done.err) == (DONE, said, "")
    told = (await call("exam", "show", "physics-0", "--json")).json
    assert (told["status"], told["title"], told["candidates"]) == ("published", "Rehearsal", 2)
    assert told["window_end"] - told["opens_at"] == 90 * MINUTE
    rows = await built.pool.fetch(
        "SELECT factor_permille FROM attempts WHERE exam = 'physics-0' ORDER BY candidate"
    )
    assert [row["factor_permille"] for row in rows] == [1_250, 1_000]
    taken = await call("exam", "copy", "physics-1", "physics-0")
    assert taken.err == "examsync: exists: there is an exam physics-0 already.\n"
    soon = await call("exam", "copy", "physics-1", "physics-2", "--opens-in", "1h")
    assert soon.out == "Copied physics-1 to physics-2.\n"
    empty = await call("exam", "copy", "physics-1", "physics-3", "--publish")
    assert empty.err == "Nobody is on its roll yet: `examsync exam seat physics-3 FILE`.\n"
    for wrong in (("a b",), ("x", "--opens-in", "1h", "--opens-at", "2030-04-30T09:00Z")):
        assert (await call("exam", "copy", "physics-1", *wrong)).code == WRONG_CALL

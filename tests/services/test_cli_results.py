"""`examsync results` on real servers: shown, released, withdrawn, marked, regraded, reverted."""

from pathlib import Path
from typing import Any

import pytest

from examsync.cli import DONE, INTERRUPTED, NOT_DONE, WRONG_CALL
from examsync.infra.postgres import Pool
from tests.services.calling import Caller
from tests.services.sittings import ESSAY, Sitting

EXAM = "exam-1"


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    """Asha's marks are there, Ravi's essay waits."""
    found = await Sitting(pool).open()
    await found.sat("asha", {"q3": True}, name="Asha Rao", hall="east")
    await found.sat("ravi", {"q3": False, "q6": ESSAY}, hall="west")
    await found.results.grader.grade_due()
    return found


async def rows(call: Caller) -> dict[str, Any]:
    """The table by candidate."""
    return {row["candidate"]: row for row in (await call("results", EXAM, "--json")).json}


async def test_the_exam_alone_shows_the_table_the_best_first(
    call: Caller, sitting: Sitting
) -> None:
    shown = await call("results", EXAM)
    assert (shown.code, shown.err) == (DONE, "")
    first, second = shown.out.splitlines()
    assert first.split()[:4] == ["asha", "submitted", "graded", "4/27"]
    assert "Asha Rao" in first
    assert "waits: q6" in second
    same = await call("results", "show", EXAM, "--sort", "candidate", "--hall", "west")
    assert [line.split()[0] for line in same.out.splitlines()] == ["ravi"]


async def test_a_file_for_spreadsheets_is_written(
    call: Caller, sitting: Sitting, tmp_path: Path
) -> None:
    file = tmp_path / "results.csv"
    done = await call("results", EXAM, "--csv", str(file))
    assert done.out == f"Wrote {file}.\n"
    assert '"Asha Rao"' in file.read_text(encoding="utf-8-sig")


async def test_results_are_released_and_withdrawn(call: Caller, sitting: Sitting) -> None:
    done = await call("results", "release", EXAM, "--reveal", "total")
    assert done.out == "Released for 1 candidate.\nNot graded yet: 1.\n"
    assert (await rows(call))["asha"]["grading"] == "released"
    asked = await call("results", "withdraw", EXAM, stdin="n\n")
    assert asked.code == INTERRUPTED
    hidden = await call("results", "withdraw", EXAM, "--candidate", "asha", "--reason", "oh")
    assert hidden.out == "Withdrawn for 1 candidate.\n"
    assert (await rows(call))["asha"]["grading"] == "graded"
    assert (await call("results", "withdraw", EXAM, "--yes", "--json")).json == {"withdrawn": []}
    only = await call("results", "release", EXAM, "--candidate", "asha", "--json")
    assert len(only.json["released"]) == 1


async def test_what_waits_is_marked(call: Caller, sitting: Sitting) -> None:
    queue = await call("results", "waiting", EXAM)
    assert queue.out.splitlines()[0] == "1 response to mark."
    assert ESSAY in queue.out
    marked = await call("results", "mark", EXAM, "ravi", "q6", "3.5", "--note", "good")
    assert marked.code == DONE
    assert "1.2" in marked.out
    assert (await rows(call))["ravi"]["grading"] == "graded"
    refused = await call("results", "mark", EXAM, "ravi", "q6", "99")
    assert (refused.code, refused.out) == (NOT_DONE, "")
    history = await call("results", "history", EXAM, "ravi", "--json")
    assert [one["made_by"] for one in history.json] == ["machine", "cli"]


async def test_a_ruling_is_shown_made_and_taken_back(call: Caller, sitting: Sitting) -> None:
    ruled = await call("results", "rule", EXAM, "q3", "dropped", "--reason", "faulty")
    assert ruled.out == "A regrade is proposed for 1 attempt.\n"
    shown = await call("results", "regrade", EXAM)
    assert "4 -> 0  (q3)" in shown.out
    assert (await rows(call))["asha"]["whole"]["total"] == "4"
    made = await call("results", "regrade", EXAM, "--reason", "faulty")
    assert made.out == "Regraded 1 attempt.\n"
    assert (await rows(call))["asha"]["whole"]["total"] == "0"
    back = await call("results", "revert", EXAM, "asha", "1", "--reason", "it was right")
    assert back.out.startswith("1.3")
    assert (await rows(call))["asha"]["whole"]["total"] == "4"


async def test_what_cannot_be_is_refused(call: Caller, sitting: Sitting) -> None:
    for arguments, code in (
        (("no-exam",), NOT_DONE),
        (("release", "no-exam"), NOT_DONE),
        (("release", EXAM, "--candidate", "nobody"), NOT_DONE),
        (("history", EXAM, "nobody"), NOT_DONE),
        (("rule", EXAM, "q3", "ignored", "--reason", "x"), WRONG_CALL),
        (("revert", EXAM, "asha", "1"), WRONG_CALL),
        (("show", EXAM, "--sort", "beauty"), NOT_DONE),
    ):
        refused = await call("results", *arguments)
        assert (refused.code, refused.out) == (code, "")

"""`examsync exam` on real servers: made, published, seated, listed, put away."""

import json
from pathlib import Path

import pytest

from examsync.bank import service as bank
from examsync.cli import DONE, INTERRUPTED, NOT_DONE, WRONG_CALL
from examsync.exams.exam import Exam
from tests.services.calling import Called, Caller
from tests.services.installation import HOUR, MINUTE, QUESTIONS, App, Candidate, view

CREATE = ("exam", "create", "physics-1", "--bank", "physics", "--duration", "90m")


@pytest.fixture(autouse=True)
async def questions(built: App) -> None:
    """A bank called physics."""
    await bank.import_questions(built.pool, bank="physics", data=QUESTIONS, commit=True, by="t")


async def exam(built: App, exam_id: str = "physics-1") -> Exam:
    await built.exams.refresh(exam_id)
    found = built.exams.get(exam_id)
    assert found is not None
    return found


def refused(called: Called, code: int, said: str) -> None:
    assert called.code == code
    assert called.out == ""
    (line,) = called.err.splitlines()
    assert line.startswith("examsync: ")
    assert said in line


# --- create -------------------------------------------------------------------------------------


async def test_what_is_not_said_comes_from_the_settings(call: Caller, built: App) -> None:
    call.settings |= {
        "exam.grace_ms": "7000",
        "exam.late_policy": "discard",
        "exam.takeover": "refuse",
        "monitor.heartbeat_period_s": "12",
    }
    before = built.clock.now()
    made = await call(*CREATE)
    assert (made.code, made.out, made.err) == (
        DONE,
        "Created physics-1, a draft: `examsync exam publish physics-1`.\n",
        "",
    )
    made_exam = await exam(built)
    terms = made_exam.terms
    assert before <= terms.opens_at <= built.clock.now()
    assert terms.window_end == terms.opens_at + 90 * MINUTE
    assert terms.closes_at > terms.window_end
    assert (terms.duration_ms, terms.grace_ms) == (90 * MINUTE, 7_000)
    assert (terms.late_policy, terms.takeover) == ("discard", "refuse")
    assert terms.heartbeat_period_s == 12
    assert made_exam.title == "physics-1"
    assert len(built.exams.items("physics-1")) == 5


async def test_everything_can_be_said(call: Caller, built: App) -> None:
    made = await call(
        *CREATE, "--title", "Physics, class 12", "--opens-at", "2030-05-01T09:00+05:30",
        "--window", "2h", "--limit", "3", "--grace", "250ms", "--late-policy", "accept",
        "--takeover", "on_approval", "--publish",
    )  # fmt: skip
    assert made.out == "Created physics-1 and published it.\n"
    assert made.err == "Nobody is on its roll yet: `examsync exam seat physics-1 FILE`.\n"
    made_exam = await exam(built)
    assert made_exam.title == "Physics, class 12"
    assert made_exam.terms.opens_at == 1_903_836_600_000
    assert made_exam.terms.window_end == made_exam.terms.opens_at + 2 * HOUR
    assert made_exam.terms.grace_ms == 250
    assert len(built.exams.items("physics-1")) == 3
    listed = (await call("exam", "list", "--json")).json
    assert listed == [{"id": "physics-1", "title": "Physics, class 12", "status": "published"}]


async def test_a_second_of_its_name_is_refused_and_leaves_no_paper(
    call: Caller, built: App
) -> None:
    await call(*CREATE)
    refused(await call(*CREATE), NOT_DONE, "exists: there is an exam physics-1 already.")
    refused(await call(*CREATE, "--grace", "2h"), NOT_DONE, "bad_request: ")
    assert await built.pool.fetchval("SELECT count(*) FROM papers") == 1


async def test_the_longest_name_has_a_paper_too(call: Caller, built: App) -> None:
    name = "e" * 64
    assert (await call("exam", "create", name, *CREATE[3:])).code == DONE
    assert (await exam(built, name)).id == name


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--duration", "soon"), "write 90s, 45m or 3h"),
        (("--opens-at", "2030-05-01T09:00"), "write 2030-05-01T09:00+05:30"),
        (("--opens-at", "tomorrow"), "write 2030-05-01T09:00+05:30"),
        (("--late-policy", "maybe"), "maybe"),
    ],
)
async def test_a_time_that_could_be_misread_is_a_wrong_call(
    call: Caller, more: tuple[str, ...], said: str
) -> None:
    refused(await call(*CREATE, *more), WRONG_CALL, said)


async def test_an_exam_needs_an_id_and_questions(call: Caller) -> None:
    refused(await call("exam", "create", "class 12", *CREATE[3:]), WRONG_CALL, "is no id")
    arguments = ("exam", "create", "e", "--bank", "nothing", "--duration", "1h")
    refused(await call(*arguments), NOT_DONE, "not_found: ")


# --- publish, archive, list -----------------------------------------------------------------------


async def test_an_exam_that_is_published_with_nobody_on_its_roll_says_so(call: Caller) -> None:
    await call(*CREATE)
    said = "Nobody is on its roll yet: `examsync exam seat physics-1 FILE`.\n"
    assert (await call("exam", "publish", "physics-1")).err == said
    assert (await call("exam", "seat", "physics-1", "--candidate", "asha")).code == DONE
    assert (await call("exam", "publish", "physics-1")).err == ""


async def test_an_exam_goes_from_draft_to_published_to_archived(call: Caller) -> None:
    await call(*CREATE)

    async def status() -> str:
        return str((await call("exam", "list")).out.split()[1])

    assert await status() == "draft"
    refused(await call("exam", "archive", "physics-1", "--yes"), NOT_DONE, "conflict: ")
    assert (await call("exam", "publish", "physics-1")).out == "Published physics-1.\n"
    assert await status() == "published"
    assert (await call("exam", "archive", "physics-1", stdin="n\n")).code == INTERRUPTED
    assert await status() == "published"
    assert (await call("exam", "archive", "physics-1", "--yes")).out == "Archived physics-1.\n"
    assert await status() == "archived"
    refused(await call("exam", "publish", "physics-1"), NOT_DONE, "frozen: ")
    refused(await call("exam", "publish", "nowhere"), NOT_DONE, "there is no exam nowhere.")


# --- seat ---------------------------------------------------------------------------------------


async def seats(built: App) -> list[tuple[object, ...]]:
    query = 'SELECT candidate, name, hall, "group", factor_permille, extension_ms FROM attempts'
    return [tuple(row) for row in await built.pool.fetch(f"{query} ORDER BY candidate")]


async def test_a_file_and_single_candidates_are_seated(
    call: Caller, built: App, tmp_path: Path
) -> None:
    await call(*CREATE)
    file = tmp_path / "list.csv"
    file.write_text("candidate,name,hall,group,factor,extension_min\nc-1,Asha,East,B2,1.25,30\n")
    done = await call(
        "exam", "seat", "physics-1", str(file), "--candidate", "c-2=Ravi Rao", "--json"
    )
    assert set(done.json) == {"c-1", "c-2"}
    assert await seats(built) == [
        ("c-1", "Asha", "East", "B2", 1_250, 30 * MINUTE),
        ("c-2", "Ravi Rao", "", "", 1_000, 0),
    ]
    assert (await view(built, done.json["c-1"])).seat.name == "Asha"


async def test_plans_change_until_the_candidate_has_come(call: Caller, built: App) -> None:
    await call(*CREATE, "--publish")
    for name in ("Asha", "Asha Rao"):
        await call("exam", "seat", "physics-1", "--candidate", f"c-1={name}")
    assert (await seats(built))[0][1] == "Asha Rao"
    await built.exams.refresh("physics-1")
    await Candidate(built, "c-1", "physics-1").start()
    done = await call("exam", "seat", "physics-1", "--candidate", "c-1=Somebody")
    assert done.out == "Registered for physics-1: 1 candidate.\n"
    assert (await seats(built))[0][1] == "Asha Rao"
    twice = await call("exam", "seat", "physics-1", "--candidate", "c-2=A", "--candidate", "c-2=B")
    assert twice.code == DONE
    assert (await seats(built))[1][:2] == ("c-2", "B")


async def test_a_file_with_problems_seats_nobody_and_says_all_of_them(
    call: Caller, built: App, tmp_path: Path
) -> None:
    await call(*CREATE)
    file = tmp_path / "list.csv"
    file.write_text("candidate,factor\nc-1,1\nc 2,x\n")
    done = await call("exam", "seat", "physics-1", str(file))
    assert done.code == NOT_DONE
    assert [line.split(":")[:2] for line in done.err.splitlines()] == [
        ["list.csv", " line 3"],
        ["list.csv", " line 3"],
        ["examsync", " import_failed"],
    ]
    told = json.loads((await call("exam", "seat", "physics-1", str(file), "--json")).err)
    assert told["code"] == "import_failed"
    assert "line 3" in told["detail"]
    assert await seats(built) == []


async def test_a_dry_run_says_what_a_file_would_do(
    call: Caller, built: App, tmp_path: Path
) -> None:
    await call(*CREATE)
    await call("exam", "seat", "physics-1", "--candidate", "c-1=Asha")
    file = tmp_path / "list.csv"
    file.write_text("candidate,name,hall\nc-1,Asha,East\nc-2,Ravi,East\nc-3,,eas\nc 4,,\n")
    dry = await call("exam", "seat", "physics-1", str(file), "--dry-run")
    assert (dry.code, dry.out) == (DONE, "Would be: 2 new, 1 changed, 0 as they are; 1 problem.\n")
    assert dry.err.splitlines() == [
        "list.csv: line 5: 'c 4' is no id: use letters, digits and _ . : -, 64 at most.",
        "list.csv: line 4: the hall 'eas' has one candidate; did you mean 'East'?",
    ]
    told = (await call("exam", "seat", "physics-1", str(file), "--dry-run", "--json")).json
    assert (told["new"], told["committed"]) == (2, False)
    assert await seats(built) == [("c-1", "Asha", "", "", 1_000, 0)]
    done = await call("exam", "seat", "physics-1", str(file), "--skip-bad")
    assert done.out.splitlines() == [
        "Read: 2 new, 1 changed, 0 as they are; 1 problem.",
        "Registered for physics-1: 3 candidates.",
    ]
    assert [row[:3] for row in await seats(built)] == [
        ("c-1", "Asha", "East"),
        ("c-2", "Ravi", "East"),
        ("c-3", "", "eas"),
    ]
    refused(
        await call("exam", "seat", "physics-1", "--candidate", "c", "--dry-run"), WRONG_CALL, ""
    )


async def test_who_has_started_is_not_seated_otherwise_by_a_file(
    call: Caller, built: App, tmp_path: Path
) -> None:
    await call(*CREATE, "--publish")
    await call("exam", "seat", "physics-1", "--candidate", "c-1=Asha")
    await built.exams.refresh("physics-1")
    await Candidate(built, "c-1", "physics-1").start()
    await built.working.flush()
    file = tmp_path / "list.csv"
    file.write_text("candidate,factor\nc-1,2\n")
    done = await call("exam", "seat", "physics-1", str(file))
    assert done.code == NOT_DONE
    assert "c-1 has started: give more time with `extend` instead." in done.err


async def test_nobody_is_seated_where_there_is_nothing_to_sit(call: Caller) -> None:
    await call(*CREATE)
    refused(await call("exam", "seat", "physics-1"), WRONG_CALL, "Name a file")
    refused(await call("exam", "seat", "nowhere", "--candidate", "c"), NOT_DONE, "not_found: ")
    refused(await call("exam", "seat", "physics-1", "--candidate", "a b"), WRONG_CALL, "no id")
    refused(await call("exam", "seat", "physics-1", "no-such-file"), WRONG_CALL, "no-such-file")

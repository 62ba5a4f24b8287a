"""`examsync import` on a real database: a dry run writes nothing, problems are told by line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from examsync.bank import catalogue
from examsync.bank.catalogue import Window
from examsync.cli import DONE, NOT_DONE, WRONG_CALL, importing
from tests.services.calling import Caller
from tests.services.installation import QUESTIONS, App

BAD = b"type,question,answer\nshort_text,Fine?,yes\nshort_text,,nothing is asked\n"


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A file of five questions."""
    file = tmp_path / "good.csv"
    file.write_bytes(QUESTIONS)
    return str(file)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """A file of a good and a bad question."""
    file = tmp_path / "bad.csv"
    file.write_bytes(BAD)
    return str(file)


async def held(built: App) -> dict[str, int]:
    """Banks and how many questions they have."""
    page = await catalogue.banks(built.pool, Window("bank", 100))
    return {one.bank: one.questions for one in page.rows}


async def test_nothing_is_written_unless_asked_for(call: Caller, built: App, good: str) -> None:
    dry = await call("import", "physics", good)
    assert dry.code == DONE
    assert "5 new, 0 changed, 0 unchanged: would be imported; nothing is written." in dry.out
    assert "Add --commit" in dry.out
    assert await held(built) == {}
    done = await call("import", "physics", good, "--commit")
    assert "5 new, 0 changed, 0 unchanged: imported." in done.out
    assert await held(built) == {"physics": 5}
    again = await call("import", "physics", good, "--commit")
    assert (again.code, "0 new, 0 changed, 5 unchanged" in again.out) == (DONE, True)


async def test_a_file_to_begin_with_is_printed_and_can_be_imported(
    call: Caller, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    refused = await call("import", "physics", str(empty))
    assert "`examsync import --template`" in refused.out
    printed = CliRunner().invoke(importing.command, ["--template"])
    assert printed.exit_code == DONE
    empty.write_bytes(printed.stdout_bytes)
    assert (await call("import", "physics", str(empty))).code == DONE


async def test_problems_are_told_with_file_and_line(call: Caller, built: App, bad: str) -> None:
    for more in ((), ("--commit",)):
        done = await call("import", "physics", bad, *more)
        assert done.code == NOT_DONE
        line, about_the_file = done.err.splitlines()
        assert line.startswith("bad.csv:3:question: error: ")
        assert about_the_file.startswith("bad.csv: info: ")
        add = "--skip-bad" if more else "--commit --skip-bad"
        hint = f"1 error in the file: mend it, or add {add} to take 1 good question of it."
        assert done.out.splitlines()[-1] == hint
    assert await held(built) == {}
    done = await call("import", "physics", bad, "--commit", "--skip-bad")
    assert done.code == DONE
    assert await held(built) == {"physics": 1}


async def test_json_is_the_whole_report(call: Caller, bad: str) -> None:
    done = await call("import", "physics", bad, "--json")
    assert done.code == NOT_DONE
    report = done.json
    assert (report["committed"], report["accepted"]) == (False, 1)
    assert [problem["line"] for problem in report["problems"]] == [3, 0]


async def test_a_file_that_cannot_be_taken_in_part_gets_no_such_hint(
    call: Caller, built: App, tmp_path: Path
) -> None:
    file = tmp_path / "photo.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100)
    done = await call("import", "physics", str(file), "--commit", "--skip-bad")
    assert done.code == NOT_DONE
    assert "This is an image" in done.err
    (line,) = done.out.splitlines()
    assert line.startswith("Nothing was imported")
    assert await held(built) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.GIFT", "Is it?{T}"),
        ("q.aiken", "Is it?\nA. no\nB. yes\nANSWER: B\n"),
        ("q.txt", "question,answer\nIs it?,yes\n"),
    ],
)
async def test_the_name_of_a_file_tells_its_format(
    call: Caller, tmp_path: Path, name: str, text: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    done = await call("import", "physics", str(file))
    assert (done.code, "1 new" in done.out) == (DONE, True)


async def test_the_report_goes_into_a_file_of_its_own(
    call: Caller, bad: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.csv"
    done = await call("import", "physics", bad, "--report", str(file))
    assert done.code == NOT_DONE
    head, row, _about_the_file = file.read_text("utf-8-sig").splitlines()
    assert head == "line,column,severity,code,message"
    assert row.startswith("3,question,error,stem_empty,")
    nowhere = await call("import", "physics", bad, "--report", str(tmp_path / "no" / "folder"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (NOT_DONE, True)


async def test_what_is_not_printed_is_counted(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("question,answer\n" + ",x\n" * 70)
    done = await call("import", "physics", str(file))
    assert "... and 21 more; --report FILE writes them down" in done.err


async def test_a_bank_comes_from_standard_input_too(call: Caller, built: App) -> None:
    done = await call("import", "physics", "-", "--commit", stdin=QUESTIONS.decode())
    assert done.code == DONE
    assert await held(built) == {"physics": 5}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("physics", "no-such-file.csv"), WRONG_CALL, "no-such-file.csv"),
        (("no bank", "-"), NOT_DONE, "bad_request: "),
        (("physics", "-", "--format", "cvs"), NOT_DONE, "did you mean csv?"),
        (("physics",), WRONG_CALL, "FILE"),
    ],
)
async def test_a_wrong_call_is_one_line(
    call: Caller, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = await call("import", *arguments, stdin="")
    assert done.code == code
    (line,) = done.err.splitlines()
    assert line.startswith("examsync: ")
    assert said in line

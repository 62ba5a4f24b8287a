"""`examsync import` on a real database: a dry run writes nothing, problems are told by line."""

from pathlib import Path

import pytest

from examsync.bank import catalogue
from examsync.bank.catalogue import Window
from examsync.cli import DONE, NOT_DONE, WRONG_CALL
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


async def test_problems_are_told_with_file_and_line(call: Caller, built: App, bad: str) -> None:
    for more in ((), ("--commit",)):
        done = await call("import", "physics", bad, *more)
        assert done.code == NOT_DONE
        line, about_the_file = done.err.splitlines()
        assert line.startswith("bad.csv:3:question: error: ")
        assert about_the_file.startswith("bad.csv: info: ")
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

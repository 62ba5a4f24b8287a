"""The frame: what is listed exists, failures are one line with a code, defects are not hidden."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import click
import pytest

from examsync import __version__, cli
from examsync.cli import (
    AWAY,
    COMMANDS,
    DONE,
    INTERRUPTED,
    MODULES,
    NOT_DONE,
    WRONG_CALL,
    main,
)
from examsync.errors import ExamError
from examsync.infra.redis import LineDown
from examsync.sources import BadConfig
from protocol.problems import Code


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """A command `token` that fails as told."""

    def install(error: BaseException) -> None:
        @click.command()
        @click.option("--json", "as_json", is_flag=True)
        def command(as_json: bool) -> None:
            raise error

        monkeypatch.setattr("examsync.cli.token.command", command)

    importlib.import_module("examsync.cli.token")
    return install


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_table_exists_and_has_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "-h"]) == DONE
    assert f"Usage: examsync {name}" in capsys.readouterr().out


def test_every_module_of_a_command_is_in_the_table() -> None:
    folder = Path(cli.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")}
    with_command = {
        name
        for name in modules - {"__init__"}
        if hasattr(importlib.import_module(f"examsync.cli.{name}"), "command")
    }
    assert with_command == {MODULES.get(name, name) for name in COMMANDS}


def test_help_lists_the_commands_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == DONE
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in shown
    for code in (DONE, NOT_DONE, WRONG_CALL, AWAY, INTERRUPTED):
        assert re.search(rf"^ +{code} +\w", shown, re.MULTILINE)


def test_help_imports_no_command_and_no_driver() -> None:
    code = (
        "import sys; from examsync.cli import main; main(['-h']);"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('asyncpg', 'redis', 'socketio', 'prometheus_client', 'argon2')"
        " or m.startswith('examsync.cli.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_a_command_there_is_help_and_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == WRONG_CALL
    assert "Commands:" in capsys.readouterr().out
    assert main(["config"]) == WRONG_CALL
    assert "default" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["tokn"], ["--wat"], ["config", "show", "--wat"]])
def test_a_wrong_call_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == WRONG_CALL
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("examsync: bad_call: ")
    assert "-h`" in line


def test_what_is_missing_is_a_sentence_before_the_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "create", "eva"]) == WRONG_CALL
    said = capsys.readouterr().err
    assert "candidate, examiner, admin. See `examsync account create -h`." in said


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadConfig(["a.b: bad"]), WRONG_CALL, "bad_config: a.b: bad"),
        (ExamError(Code.NOT_FOUND, "no\nexam x"), NOT_DONE, "not_found: no exam x."),
        (ExamError(Code.NOT_FOUND), NOT_DONE, "not_found: There is no such thing, or it is not"),
        (ExamError(Code.FORBIDDEN, "so."), NOT_DONE, "forbidden: This token does not allow that: "),
        (click.ClickException("no file"), NOT_DONE, "not_done: no file"),
        (ConnectionRefusedError(111, "refused"), AWAY, "unavailable: ConnectionRefusedError"),
        (TimeoutError("slow"), AWAY, "unavailable: TimeoutError: slow. Check redis.url (EXAM"),
        (TimeoutError(), AWAY, "unavailable: TimeoutError. Check redis.url "),
        (LineDown("gone"), AWAY, "unavailable: LineDown: gone"),
        (asyncpg.InvalidPasswordError("no"), AWAY, "unavailable: InvalidPasswordError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_expected_failure_is_one_line_with_a_code(
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    failing(error)
    assert main(["token"]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"examsync: {said}")
    assert main(["token", "--json"]) == code
    told = json.loads(capsys.readouterr().err)
    assert f"{told['code']}: {told['detail']}".startswith(said)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("no exam x", "no exam x."),
        ("no exam x.", "no exam x."),
        ("no exam x..", "no exam x."),
        ("did you mean y?", "did you mean y?"),
    ],
)
def test_a_problem_ends_in_one_full_stop(
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    said: str,
    line: str,
) -> None:
    for error in (ExamError(Code.CONFLICT, said), click.ClickException(said)):
        failing(error)
        main(["token"])
        assert capsys.readouterr().err.endswith(f": {line}\n")


def test_each_fault_of_the_settings_has_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["config", "show", "-s", "server.prt=1", "-s", "redis.timeout_ms=1"]) == WRONG_CALL
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "did you mean server.port?" in lines[0]


@pytest.mark.parametrize("error", [click.Abort(), KeyboardInterrupt()])
def test_an_interruption_is_no_failure_to_explain(
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
) -> None:
    failing(error)
    assert main(["token"]) == INTERRUPTED
    assert capsys.readouterr().err.strip() == ""


def test_a_defect_of_ours_keeps_its_traceback(failing: Callable[[BaseException], None]) -> None:
    failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["token"])


def test_a_reader_that_has_seen_enough_is_no_defect() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examsync", "config", "default"],
        stdout=closed_pipe(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr


def closed_pipe() -> int:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_the_module_and_the_entry_point_are_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examsync", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"examsync {__version__}\n"
    done = subprocess.run(
        [sys.executable, "-m", "examsync", "nope"], capture_output=True, text=True, check=False
    )
    assert done.returncode == WRONG_CALL

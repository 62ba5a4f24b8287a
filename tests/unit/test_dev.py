"""`./dev`, as a program: what it says, what it refuses, when it installs."""

import fcntl
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """A copy of ./dev in a checkout of its own, loaded as a module."""
    for name in ("dev", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    loader = importlib.machinery.SourceFileLoader("dev_under_test", str(tmp_path / "dev"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ./dev of this checkout; only for what installs nothing."""
    return subprocess.run(
        [sys.executable, str(ROOT / "dev"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_without_a_verb_it_explains_itself() -> None:
    shown = run()
    assert shown.returncode == 0
    assert "./dev demo" in shown.stdout
    assert shown.stdout == run("help").stdout


def test_every_verb_it_has_is_explained(dev: ModuleType) -> None:
    assert {verb for verb in dev.VERBS if not verb.startswith("-")} == {
        line.split()[1] for line in str(dev.__doc__).splitlines() if line.startswith("  ./dev ")
    }


@pytest.mark.parametrize("verb", ["check", "lock", "reset"])
def test_who_asks_a_verb_for_help_gets_it_and_nothing_is_done(verb: str) -> None:
    assert run(verb, "--help").stdout == run(verb, "-h").stdout == run("help").stdout


def test_nothing_is_deleted_where_nobody_can_be_asked(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.DATA.mkdir()
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        assert dev.main(["reset"]) == 1
    assert dev.DATA.exists()


@pytest.mark.parametrize("tool", ["demo", "faults/lane-1"])
def test_nothing_is_deleted_under_a_running_server(dev: ModuleType, tool: str) -> None:
    lock = dev.DATA / tool / "servers" / "valkey" / "lock"
    lock.parent.mkdir(parents=True)
    (lock.parent.parent / "storage.log").touch()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="stop it first"):
            dev.main(["reset", "--yes"])
    assert lock.exists()
    assert dev.main(["reset", "--yes"]) == 0
    assert not dev.DATA.exists()


def test_data_that_had_to_lie_elsewhere_are_found_under_each_tool(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[Path] = []
    monkeypatch.setattr("examsync.devstack.identity.forget_moved", forgotten.append)
    (dev.DATA / "demo" / "servers").mkdir(parents=True)
    assert dev.main(["reset", "--yes"]) == 0
    assert dev.DATA / "demo" / "servers" / "postgres" / "data" in forgotten


def test_a_reset_needs_no_packages() -> None:
    code = "from examsync.devstack import stack"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True)


def test_an_unknown_verb_fails_with_the_list() -> None:
    refused = run("tset")
    assert refused.returncode == 1
    assert "There is no 'tset'" in refused.stderr
    assert "./dev test" in refused.stdout


def test_an_old_python_is_told_what_is_needed(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "OLDEST", (9, 0))
    with pytest.raises(SystemExit, match=r"Python 9\.0 or newer is needed"):
        dev.main(["test"])
    with pytest.raises(SystemExit, match=r"9\.0 or newer is needed"):
        dev.version_of(sys.executable)


def test_a_python_that_is_not_there_is_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXAMSYNC_PYTHON", "python-of-nowhere")
    with pytest.raises(SystemExit, match="python-of-nowhere, which cannot be run"):
        dev.wanted_python()


def test_a_missing_lock_is_named(dev: ModuleType) -> None:
    dev.LOCK.unlink()
    with pytest.raises(SystemExit, match=r"\./dev lock writes it"):
        dev.prepare()


def test_a_python_without_ensurepip_is_told_what_to_install(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crippled = tmp_path / "python"  # runs, but has no venv to offer
    crippled.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I -c "raise SystemExit(1)"\n')
    crippled.chmod(0o755)
    monkeypatch.setenv("PATH", os.defpath)  # no uv
    with pytest.raises(SystemExit, match=r"apt install python3\.12-venv"):
        dev.make_venv(str(crippled), "3.12.7")


def test_it_installs_once_and_again_only_when_something_changed(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def make_venv(python: str, version: str) -> None:
        done.append("made")
        dev.VENV_PYTHON.parent.mkdir(parents=True, exist_ok=True)
        dev.VENV_PYTHON.symlink_to(sys.executable)

    monkeypatch.setattr(dev, "make_venv", make_venv)
    monkeypatch.setattr(dev, "install", lambda: done.append("installed"))
    monkeypatch.setattr(dev, "usable", lambda version: dev.VENV_PYTHON.exists())

    for _ in range(2):
        dev.prepare()
    assert done == ["made", "installed"]
    dev.LOCK.write_text(dev.LOCK.read_text() + "# changed\n")
    for _ in range(2):
        dev.prepare()
    assert done == ["made", "installed", "installed"]
    dev.VENV_PYTHON.unlink()  # its Python went away
    dev.prepare()
    assert done == ["made", "installed", "installed", "made", "installed"]


def test_an_environment_of_another_python_is_not_usable(dev: ModuleType) -> None:
    dev.VENV_PYTHON.parent.mkdir(parents=True)
    assert not dev.usable("3.99.0")
    dev.VENV_PYTHON.symlink_to(sys.executable)
    assert not dev.usable("3.99.0")


def test_reset_deletes_only_what_it_made_and_only_when_told(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dev.reset([]) == 0
    dev.DATA.mkdir()
    dev.VENV.mkdir()
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert dev.reset([]) == 1
    assert dev.DATA.is_dir()
    assert dev.reset(["--yes"]) == 0
    assert sorted(path.name for path in dev.ROOT.iterdir() if path.name != "__pycache__") == [
        "dev",
        "pyproject.toml",
        "requirements.lock",
    ]


@pytest.mark.parametrize(
    ("options", "passed_on"),
    [
        (["tests/unit"], ["-n", "2", "--dist", "loadfile", "tests/unit"]),
        (["-n", "0"], ["-n", "0"]),
        (["-n4"], ["-n4"]),
        (["--numprocesses=1", "-x"], ["--numprocesses=1", "-x"]),
    ],
)
def test_tests_run_on_two_processes_unless_told_otherwise(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, options: list[str], passed_on: list[str]
) -> None:
    monkeypatch.setattr(dev, "prepare", lambda: None)
    monkeypatch.setattr(dev, "build_pages", lambda: None)
    monkeypatch.setattr(dev, "become", lambda command: command[1:])
    assert dev.test(options) == ["-m", "pytest", *passed_on]

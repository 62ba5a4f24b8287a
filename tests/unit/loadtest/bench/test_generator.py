"""The generator is built from its one file, again only when that has changed; who comes back."""

import itertools
import subprocess
from pathlib import Path

import pytest

from loadtest.bench import generator
from loadtest.bench.sitting import Sitting
from loadtest.served import NotServed
from tests.unit.loadtest.bench import far_end


def test_without_a_compiler_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotServed, match="install gcc or clang"):
        generator.build(tmp_path)


@pytest.mark.skipif(not Path("/usr/bin/cc").exists(), reason="it takes cc")
def test_it_is_built_once_and_says_what_it_needs(tmp_path: Path) -> None:
    program = generator.build(tmp_path)
    built = program.stat().st_mtime_ns
    assert generator.build(tmp_path) == program
    assert program.stat().st_mtime_ns == built
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--port, --seats and --answers are needed" in done.stderr


@pytest.mark.skipif(not Path("/usr/bin/cc").exists(), reason="it takes cc")
def test_what_cannot_be_compiled_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "gen.c"
    broken.write_text("int main(void) { return nothing; }\n")
    monkeypatch.setattr(generator, "SOURCE", broken)
    with pytest.raises(NotServed, match="nothing"):
        generator.build(tmp_path)


@pytest.mark.skipif(not Path("/usr/bin/cc").exists(), reason="it takes cc")
def test_who_is_sent_away_comes_back_when_told_to(tmp_path: Path) -> None:
    sitting = seats(tmp_path, ["ann"])
    with far_end.listening(sends_away=2, retry_after_ms=300) as (port, dialled_at):
        crowd = generator.Generator(
            generator.build(tmp_path), sitting, port=port, speak="sio", pids={}
        )
        with crowd:
            come = crowd.join(0)
    assert (come.joined, come.of, come.sent_away, come.cut_off) == (1, 1, 2, 0)
    waits = [b - a for a, b in itertools.pairwise(dialled_at)]
    assert len(waits) == 2
    assert min(waits) >= 0.3


def seats(folder: Path, names: list[str]) -> Sitting:
    """Files for so many, and one item."""
    sitting = Sitting(
        "exam",
        len(names),
        0,
        seats=folder / "seats.tsv",
        watchers=folder / "watchers.tsv",
        answers=folder / "answers.tsv",
        told=folder / "told.json",
    )
    sitting.seats.write_text("".join(f"{name}\ttoken\tdevice-{name}\n" for name in names))
    sitting.answers.write_text("item\ttrue\n")
    return sitting

"""The generator is built from its one file, again only when that has changed."""

import subprocess
from pathlib import Path

import pytest

from loadtest.bench import generator
from loadtest.served import NotServed


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

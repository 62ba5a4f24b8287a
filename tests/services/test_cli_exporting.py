"""`examsync export` on a real database: to a file and to standard output, read back by `import`."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from examsync.bank import service as bank
from examsync.cli import NOT_DONE, WRONG_CALL
from tests.services.calling import Caller
from tests.services.installation import App


@pytest.mark.parametrize("format", ["csv", "gift"])
async def test_a_bank_goes_out_and_comes_back_unchanged(
    call: Caller, built: App, tmp_path: Path, format: str
) -> None:
    await bank.import_questions(built.pool, bank="b", data=bank.sample(), by="asha", commit=True)
    file = tmp_path / "bank"
    done = await call("export", "b", "--format", format, "-o", str(file))
    assert (done.code, done.out) == (0, "")
    assert f"written to {file}" in done.err
    back = await call("import", "b", str(file), "--format", format, "--commit", "--json")
    assert back.json["unchanged"] == 32
    piped = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "examsync", *call.arguments("export", "b", "--format", format)],
        capture_output=True,
        check=True,
    )
    assert piped.stdout == file.read_bytes()


async def test_what_cannot_be_exported_is_said_and_no_file_is_made(
    call: Caller, built: App, tmp_path: Path
) -> None:
    file = tmp_path / "bank"
    for code, words, arguments in [
        (NOT_DONE, "no questions", ("export", "none", "-o", str(file))),
        (WRONG_CALL, "'gitf' is not one of", ("export", "b", "--format", "gitf")),
    ]:
        done = await call(*arguments)
        assert done.code == code
        assert words in done.err
    assert not file.exists()
    await bank.import_questions(built.pool, bank="b", data=bank.sample(), by="asha", commit=True)
    done = await call("export", "b", "-o", str(tmp_path / "no" / "folder"))
    assert (done.code, "cannot be written" in done.err) == (NOT_DONE, True)

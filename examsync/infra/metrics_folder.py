"""The folder in which several processes share their figures. Used by the commands.

Must not import `metrics`: what that module does is decided here, before it is imported.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class TooLate(Exception):
    """`prometheus_client` has been imported already and counts in this process's memory."""


@contextmanager
def shared(directory: str, command: str) -> Iterator[Path]:
    """Let this process and those it starts inside share figures, under `directory`/`command`.

    An empty `directory` means a temporary one. Commands that are given the same directory, as
    `serve` and `work`, show each other's figures too. The command's own folder is emptied, since
    process ids come again, and removed in the end. Raises TooLate.
    """
    if "prometheus_client" in sys.modules:
        raise TooLate("import examsync.app inside `with shared(...)`, not at the top of the file")
    root = Path(directory or tempfile.mkdtemp(prefix="examsync-metrics-")).resolve()
    folder = root / command
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before
        shutil.rmtree(folder if directory else root, ignore_errors=True)


def forget_process(folder: Path, pid: int) -> None:
    """Drop what a process that ended was holding (its open connections); its counts stay."""
    for file in folder.glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)

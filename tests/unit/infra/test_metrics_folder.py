"""The shared folder: made, emptied, announced to children, and gone in the end."""

import subprocess
import sys
from pathlib import Path

import pytest

from examsync.infra.metrics_folder import TooLate, forget_process, shared

PARENT = """
import os, subprocess, sys
from examsync.infra.metrics_folder import VARIABLE, shared

child = [sys.executable, "-c", "from examsync.infra import metrics; metrics.EPOCHS.inc()"]
os.environ.pop(VARIABLE, None)
with shared(sys.argv[1], "serve") as folder:
    left = sorted(file.name for file in folder.iterdir())
    subprocess.run(child, check=True)
    from examsync.infra import metrics
    page = metrics.render().decode()
    print([line for line in page.splitlines() if line.startswith("examsync_epochs_total")])
    print(left, folder)
print(folder.exists(), folder.parent.exists(), VARIABLE in os.environ)
"""


def parent(directory: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PARENT, directory], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_children_share_the_folder_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    old = tmp_path / "serve" / "counter_1.db"
    old.parent.mkdir()
    old.write_text("from an earlier life")
    counted, inside, after = parent(str(tmp_path))
    assert counted == "['examsync_epochs_total 1.0']"
    assert inside == f"[] {tmp_path / 'serve'}"
    assert after == "False True False"


def test_without_a_directory_a_temporary_one_is_made_and_removed() -> None:
    counted, _, after = parent("")
    assert counted == "['examsync_epochs_total 1.0']"
    assert after == "False False False"


def test_other_commands_folders_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "work" / "kept"
    other.parent.mkdir()
    other.write_bytes(b"")
    parent(str(tmp_path))
    assert other.exists()


def test_it_is_too_late_once_this_process_counts_by_itself(tmp_path: Path) -> None:
    import examsync.infra.metrics  # noqa: F401

    with pytest.raises(TooLate), shared(str(tmp_path), "serve"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_forgetting_a_process_drops_what_it_held_and_keeps_what_it_counted(tmp_path: Path) -> None:
    names = ["gauge_livesum_7.db", "gauge_livemin_7.db", "gauge_livesum_17.db", "counter_7.db"]
    for name in names:
        (tmp_path / name).touch()
    forget_process(tmp_path, 7)
    forget_process(tmp_path, 7)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(names[2:])

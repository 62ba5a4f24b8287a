"""Who takes part: named once, described, and left out with a reason where they cannot run."""

from pathlib import Path

import pytest

from loadtest.bench import contestants
from loadtest.bench.contestants import CONTESTANTS, Contestant


def test_names_are_there_once_and_ours_comes_first() -> None:
    names = [one.name for one in CONTESTANTS]
    assert names[0] == "examsync"
    assert len(set(names)) == len(names)
    assert all(one.what for one in CONTESTANTS)


def test_what_is_stored_can_be_read_of_everybody_who_stores() -> None:
    def is_floor(one: Contestant) -> bool:
        return one.name.startswith("floor-")

    for one in CONTESTANTS:
        assert is_floor(one) != (one.durable or one.stored is not None), one.name


def test_an_engine_that_is_not_built_is_asked_for_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contestants, "PEERS", tmp_path)
    assert "npm install --no-save eiows" in contestants.without_eiows()
    built = tmp_path / "node_modules" / "eiows" / "dist"
    built.mkdir(parents=True)
    (built / "eiows_v20.node").touch()
    assert contestants.without_eiows() == ""


def test_peers_write_with_the_script_of_the_server() -> None:
    assert (contestants.scripts() / "save.lua").is_file()

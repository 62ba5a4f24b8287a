"""What `./dev faults` says in the end, to people and to programs."""

import json
from pathlib import Path

import pytest

from loadtest.faults import __main__ as command
from loadtest.faults.verdict import Told, summary

WHOLE = summary([Told("redis killed", 7, acked=120, figures={"waited_s": 1.5})], 7, 33)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    return tmp_path


def test_people_get_a_table_and_its_head_as_json_in_the_last_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.show(WHOLE, as_json=False)
    said = capsys.readouterr().out
    assert "redis killed" in said
    head = json.loads(said.splitlines()[-1])
    assert (head["ok"], head["acked"], head["lost"], head["seed"]) == (True, 120, 0, 7)
    assert "rows" not in head
    kept = json.loads((folder / "report.json").read_text())
    assert kept["rows"][0]["figures"] == {"waited_s": 1.5}


def test_programs_get_all_of_it_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    command.show(WHOLE, as_json=True)
    assert json.loads(capsys.readouterr().out)["rows"][0]["fault"] == "redis killed"


def test_numbers_out_of_range_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--lanes", "99"]) == command.NOT_RUN
    assert command.main(["--repeat", "0"]) == command.NOT_RUN
    assert "--lanes 1 to" in capsys.readouterr().err

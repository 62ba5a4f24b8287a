"""What is checked in is what would be generated, and staleness is noticed."""

from pathlib import Path

import pytest

from protocol.generate import files, main, stale, write


def test_the_tree_is_fresh() -> None:
    assert stale() == [], "run: python -m protocol.generate"


def test_writing_makes_a_tree_fresh_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    assert write(tmp_path) == len(files())
    assert stale(tmp_path) == []
    assert write(tmp_path) == 0


def test_a_changed_file_is_shown_with_what_differs(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "examples/exam/client/start.json"
    path.write_text('{\n  "id": "other"\n}\n')
    lines = stale(tmp_path)
    assert lines[0] == "stale: examples/exam/client/start.json"
    assert '  -  "id": "other"' in lines


def test_missing_and_superfluous_files_are_named_and_put_right(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "asyncapi.json").unlink()
    (tmp_path / "schema/exam/client/sing.json").write_text("{}")
    assert stale(tmp_path) == [
        "missing: asyncapi.json",
        "no longer made: schema/exam/client/sing.json",
    ]
    assert write(tmp_path) == 2
    assert stale(tmp_path) == []


def test_a_long_difference_is_cut(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "asyncapi.json").write_text("")
    assert stale(tmp_path)[-1].endswith("lines more")


def test_check_exits_with_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "protocol/generated is fresh\n"


def test_unknown_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chekc"]) == 2
    assert "--check" in capsys.readouterr().err

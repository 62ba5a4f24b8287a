"""A script is called by the name that Redis gives it when it is loaded."""

from pathlib import Path

from examsync.infra.script import Script


def test_a_script_is_called_by_the_sha1_of_its_text(tmp_path: Path) -> None:
    path = tmp_path / "seven.lua"
    path.write_bytes(b"return 7")
    script = Script(path)
    assert script.load() == ("SCRIPT", "LOAD", b"return 7")
    sha = "59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9"
    assert script.call(["key"], [1, "two"]) == ("EVALSHA", sha, 1, "key", 1, "two")

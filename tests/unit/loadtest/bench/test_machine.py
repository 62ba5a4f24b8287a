"""A result says what it was measured on."""

import json
from pathlib import Path

from loadtest.bench.machine import machine, node_versions, python_versions


def test_cores_memory_and_versions_are_found() -> None:
    here = machine(Path("nowhere"))
    assert here.cores >= 1
    assert here.memory_gb >= 1
    assert here.system.startswith("Linux")
    assert {"python", "uvicorn", "msgspec"} <= here.versions.keys()


def test_versions_of_peers_are_those_installed(tmp_path: Path) -> None:
    package = tmp_path / "ws" / "package.json"
    package.parent.mkdir()
    package.write_text(json.dumps({"version": "8.1.2"}))
    assert node_versions(tmp_path)["ws"] == "8.1.2"
    assert "ioredis" not in node_versions(tmp_path)


def test_what_is_not_installed_has_no_version() -> None:
    assert "eiows" not in python_versions()

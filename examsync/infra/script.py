"""A Lua script in a file, as it is loaded into Redis and called there (knows no exam)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from examsync.infra.redis import Command


class Script:
    """A script by its SHA-1; it has to be loaded on every new connection."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_bytes()
        self.sha = hashlib.sha1(self.text, usedforsecurity=False).hexdigest()

    def load(self) -> Command:
        """SCRIPT LOAD."""
        return ("SCRIPT", "LOAD", self.text)

    def call(self, names: Sequence[str], arguments: Sequence[Any]) -> Command:
        """EVALSHA with these keys and arguments."""
        return ("EVALSHA", self.sha, len(names), *names, *arguments)

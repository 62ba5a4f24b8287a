"""Commands as people call them: `examsync ...` in this process, on the servers of the tests."""

import asyncio
import contextlib
import io
import json
import sys
from typing import Any
from unittest.mock import patch

from msgspec import Struct

from examsync.cli import main
from tests.services.installation import SECRET


class Called(Struct, frozen=True):
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What a command with --json printed."""
        return json.loads(self.out)


class Caller:
    """Calls commands with settings of its own."""

    def __init__(self, redis_url: str, database_url: str) -> None:
        self.settings = {
            "redis.url": redis_url,
            "redis.partitions": "2",
            "postgres.url": database_url,
            "auth.secret": SECRET,
            "auth.receipt_secret": SECRET[::-1],
            "log.level": "error",
        }

    def arguments(self, *arguments: str) -> list[str]:
        """A command line with the settings at its end."""
        return [*arguments, *(f"--set={key}={value}" for key, value in self.settings.items())]

    async def __call__(self, *arguments: str, stdin: str = "") -> Called:
        """Call in a thread, whose event loop is its own."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))),
        ):
            code = await asyncio.to_thread(main, self.arguments(*arguments))
        return Called(code, out.getvalue(), err.getvalue())

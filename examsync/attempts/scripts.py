"""The Lua scripts beside this file, and how to ask with them (no rules in any of them)."""

import hashlib
from pathlib import Path
from typing import Any

from examsync.errors import Unavailable
from examsync.infra.redis import Command, Line, LineDown, Reply

_HERE = Path(__file__).parent


class Script:
    """A script by its SHA-1, loaded on every new connection."""

    def __init__(self, name: str) -> None:
        self.text = (_HERE / name).read_bytes()
        self.sha = hashlib.sha1(self.text, usedforsecurity=False).hexdigest()

    def call(self, names: list[str], arguments: list[Any]) -> Command:
        """EVALSHA with these keys and arguments."""
        return ("EVALSHA", self.sha, len(names), *names, *arguments)


SAVE = Script("save.lua")
CREATE = Script("create.lua")
FINISH = Script("finish.lua")
BEGIN = Script("begin.lua")
RETIRE = Script("retire.lua")
ALL = (SAVE, CREATE, FINISH, BEGIN, RETIRE)


async def ask(line: Line, *commands: Command) -> list[Reply]:
    """The replies to commands none of which may fail. Raises Unavailable."""
    try:
        replies = await line.call(*commands)
    except LineDown as error:
        raise Unavailable(str(error)) from error
    for reply in replies:
        if isinstance(reply, Exception):
            raise Unavailable(str(reply)) from reply
    return replies

"""The Lua scripts beside this file, and how to ask with them (no rules in any of them)."""

from pathlib import Path

from examsync.errors import Unavailable
from examsync.infra.redis import Command, Line, LineDown, Reply
from examsync.infra.script import Script

_HERE = Path(__file__).parent

SAVE = Script(_HERE / "save.lua")
CREATE = Script(_HERE / "create.lua")
FINISH = Script(_HERE / "finish.lua")
BEGIN = Script(_HERE / "begin.lua")
RETIRE = Script(_HERE / "retire.lua")
FORGET = Script(_HERE / "forget.lua")
ALL = (SAVE, CREATE, FINISH, BEGIN, RETIRE, FORGET)


async def ask(line: Line, *commands: Command) -> list[Reply]:
    """The replies to commands none of which may fail. Raises Unavailable."""
    replies = await ask_each(line, *commands)
    for reply in replies:
        if isinstance(reply, Exception):
            raise Unavailable(str(reply)) from reply
    return replies


async def ask_each(line: Line, *commands: Command) -> list[Reply]:
    """The replies to commands, errors as values. Raises Unavailable."""
    try:
        return await line.call(*commands)
    except LineDown as error:
        raise Unavailable(str(error)) from error

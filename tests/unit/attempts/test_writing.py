"""What is made of replies that no Redis of ours would give to writes; else see tests/stores."""

import asyncio
from typing import Any

import pytest

from examsync.attempts.lives import Lives
from examsync.attempts.ports import Check, Outcome, Records
from examsync.attempts.saving import head_text
from examsync.attempts.writing import Writing
from tests.builders import life, running


class Pipe:
    """Answers at once, with what it was told to say."""

    def __init__(self, *says: Any) -> None:
        self.says = says

    def send(self, packed: bytes, count: int, done: Any) -> None:
        """All of it, whatever was asked."""
        done(list(self.says))


ATTEMPT = running()
HEAD = head_text(ATTEMPT.n, ATTEMPT.head).encode()
LIFE = life().text.encode()


@pytest.mark.parametrize("says", [(5, HEAD, b"0"), (LIFE, 7, b"0"), (LIFE, HEAD, b"many")])
async def test_a_reply_of_no_known_kind_leaves_nobody_waiting(says: tuple[Any, ...]) -> None:
    records: Records = object()  # type: ignore[assignment]
    writing = Writing("redis://127.0.0.1:1", Lives(1, records), timeout_s=1.0)
    writing.pipe = Pipe(*says)  # type: ignore[assignment]
    loop, told, heard = asyncio.get_running_loop(), list[object](), list[list[Outcome]]()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    try:
        writing.send([Check(life(), ATTEMPT, 0)], heard.append)
    finally:
        loop.set_exception_handler(None)
    assert heard == [[Outcome.UNKNOWN]]
    assert len(told) == 1

"""A coroutine begun without a task: most of ours have nothing to wait for, and a task for each of
thousands costs more than what it does. Used by `entrance`. Knows no exam.
"""

from collections.abc import Coroutine, Generator
from typing import Any


def begin(work: Coroutine[Any, None, None]) -> "Coroutine[Any, None, None] | None":
    """Run it up to where it waits for something: None if it has ended before, else what is left,
    to be made a task of. Up to there it has no task of its own, so nothing that is called may ask
    for one before it waits, as timeouts do. Raises what it raises."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _go_on(_Rest(work, waits_for))


async def _go_on(rest: "_Rest") -> None:
    await rest


class _Rest:
    """The rest of a coroutine that has said already what it waits for."""

    def __init__(self, work: Coroutine[Any, None, None], waits_for: object) -> None:
        self._work, self._waits_for = work, waits_for

    def __await__(self) -> Generator[object, Any, None]:
        waits_for = self._waits_for
        try:
            while True:
                try:
                    said = yield waits_for
                except GeneratorExit:
                    self._work.close()
                    raise
                except BaseException as error:
                    waits_for = self._work.throw(error)
                else:
                    waits_for = self._work.send(said)
        except StopIteration:
            return

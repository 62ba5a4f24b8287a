"""A result that is not there yet: set once, told at once (no turn of the loop in between)."""

import asyncio
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """What the service gives back for a command. Await it, or ask to be called.

    Lighter than a future: the callback runs within `set`, so an ack leaves in the tick in which
    its write was confirmed.
    """

    __slots__ = ("_callback", "_others", "_value", "done")

    def __init__(self) -> None:
        self.done = False
        self._value: T | None = None
        self._callback: Callable[[T], None] | None = None
        self._others: list[Callable[[T], None]] | None = None

    def set(self, value: T) -> None:
        """The result. Only the first one counts."""
        if self.done:
            return
        self.done = True
        self._value = value
        first, self._callback = self._callback, None
        others, self._others = self._others, None
        if first is not None:
            _call(first, value)
        for callback in others or ():
            _call(callback, value)

    def then(self, callback: Callable[[T], None]) -> None:
        """Call back with the result, now if it is there."""
        if self.done:
            _call(callback, self._value)  # type: ignore[arg-type]  # set() stored a T
        elif self._callback is None:
            self._callback = callback
        else:
            self._others = [*(self._others or ()), callback]

    def __await__(self) -> Generator[object, None, T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def resolve(value: T) -> None:
            if not future.done():
                future.set_result(value)

        self.then(resolve)
        return (yield from future.__await__())


def _call(callback: Callable[[T], None], value: T) -> None:
    """As a future does: a callback's defect is told to the loop and costs nobody else the result.

    Without this, one ack that cannot be sent would leave all other commands of its batch unsettled.
    """
    try:
        callback(value)
    except Exception as error:
        told = {"message": "a callback of a pending result failed", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)

"""Work on all connections, a slice at a time: others get their turn of the loop in between."""

import asyncio
from collections.abc import Callable, Collection
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 200
"""In one turn. What is done to each is a few microseconds, or tens where something is told."""


async def in_slices(items: Collection[T], do: Callable[[T], object]) -> None:
    """Do it to each of those that are here now. Who has left meanwhile is not spared."""
    todo = list(items)
    for start in range(0, len(todo), AT_ONCE):
        for each in todo[start : start + AT_ONCE]:
            do(each)
        if start + AT_ONCE < len(todo):
            await asyncio.sleep(0)

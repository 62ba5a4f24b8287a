"""Work in slices reaches everybody, and lets others have their turn."""

import asyncio

from examsync.edge.slices import AT_ONCE, in_slices


async def test_everybody_is_reached_and_others_have_their_turns() -> None:
    done: list[int] = []
    turns: list[int] = []

    async def other() -> None:
        while len(done) < 3 * AT_ONCE:
            turns.append(len(done))
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await in_slices(range(3 * AT_ONCE), done.append)
    await task
    assert done == list(range(3 * AT_ONCE))
    assert {AT_ONCE, 2 * AT_ONCE} <= set(turns)


async def test_what_changes_meanwhile_does_not_disturb() -> None:
    here = {number: number for number in range(2 * AT_ONCE)}
    await in_slices(here.values(), here.pop)
    assert here == {}

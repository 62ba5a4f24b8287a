"""The least that still fails: events and strikes are left out of a failing seed's plan, as many as
the violation bears, so that its trace can be read."""

import re
from collections.abc import Iterable

from msgspec import structs

from tests.simulation.plan import Plan, plan
from tests.simulation.world import Result, World

RUNS_MAX = 150
"""Runs spent on one seed: some ten seconds."""


def planned(seed: int, *, heavy: bool, without: Iterable[int] = ()) -> Plan:
    """The plan of a seed, but for these of its events and, numbered on, its strikes."""
    whole, out = plan(seed, heavy=heavy), set(without)
    kept = range(len(whole.events))
    struck = range(len(whole.events), len(whole.events) + len(whole.strikes))
    return structs.replace(
        whole,
        events=[event for at, event in zip(kept, whole.events, strict=True) if at not in out],
        strikes=[strike for at, strike in zip(struck, whole.strikes, strict=True) if at not in out],
    )


def shrunk(seed: int, *, heavy: bool) -> tuple[list[int], Result]:
    """What can be left out of a failing seed, and how it runs then, told in full."""
    whole = plan(seed, heavy=heavy)
    count = len(whole.events) + len(whole.strikes)
    kind = kind_of(World(whole).run().violation)
    out: list[int] = []
    runs, size = 0, count // 2
    while size and runs < RUNS_MAX:
        for start in range(0, count, size):
            more = sorted({*out, *range(start, min(start + size, count))})
            if more == out or runs >= RUNS_MAX:
                continue
            runs += 1
            if kind_of(World(planned(seed, heavy=heavy, without=more)).run().violation) == kind:
                out = more
        size //= 2
    return out, World(planned(seed, heavy=heavy, without=out), verbose=True).run()


def kind_of(violation: str) -> str:
    """What a violation is about, without the names and numbers in it."""
    first = violation.splitlines()[0] if violation else ""
    words = re.sub(r"\([^)]*\)|\[.*|\{.*", "", first).split()
    return " ".join(word for word in words if not re.search(r"\d", word))

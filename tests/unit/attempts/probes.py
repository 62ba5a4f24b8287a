"""Probing a function of time densely around each of its boundaries (the idea is CMS's).

A partition is phase, boundary, phase, boundary, ... phase: the boundary is the first millisecond
of the phase after it.
"""

from collections.abc import Callable
from itertools import pairwise

Partition = tuple[str | int, ...]
NEAR_MS = (-1_000, -2, -1, 0, 1, 2, 1_000)


def check_phases(phase_at: Callable[[int], str], partition: Partition) -> None:
    """Fail unless `phase_at` says what the partition says, around and between all boundaries."""
    names = [str(name) for name in partition[::2]]
    bounds = [int(bound) for bound in partition[1::2]]
    assert len(names) == len(bounds) + 1
    assert bounds == sorted(bounds)
    middles = [(a + b) // 2 for a, b in pairwise(bounds)]
    probed = {bound + near for bound in bounds for near in NEAR_MS} | set(middles)
    told = {at: phase_at(at) for at in sorted(probed)}
    wanted = {at: names[sum(at >= bound for bound in bounds)] for at in sorted(probed)}
    assert told == wanted

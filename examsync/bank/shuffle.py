"""A seeded shuffle that never changes with the version of Python (pure). Used by `bank.paper`."""

import struct
from collections.abc import Iterator
from hashlib import blake2b

SEED_BYTES_MIN = 16
_BLOCK = struct.Struct(">16I")
_DRAWS = 1 << 32


class Draws:
    """Numbers that only the seed decides: blocks of BLAKE2b keyed with it, over their count.

    `random.Random.shuffle` would not do: Python promises the stream of `random()` alone, and has
    changed how integers are made of it. Raises ValueError if the seed has fewer than 16 bytes,
    because others could try them all.
    """

    def __init__(self, seed: bytes) -> None:
        if len(seed) < SEED_BYTES_MIN:
            raise ValueError(f"a seed of {len(seed)} bytes can be guessed; it takes 16 or more")
        self._numbers = _numbers(blake2b(seed, digest_size=32).digest())

    def below(self, limit: int) -> int:
        """A number below `limit`, without the slight preference for small ones of % alone."""
        fair = _DRAWS - _DRAWS % limit
        number = next(self._numbers)
        while number >= fair:
            number = next(self._numbers)
        return number % limit

    def shuffled(self, ids: list[str]) -> list[str]:
        """A permutation of `ids`, all equally likely (Fisher-Yates); takes len(ids) - 1 draws."""
        left = list(ids)
        for last in range(len(left) - 1, 0, -1):
            chosen = self.below(last + 1)
            left[last], left[chosen] = left[chosen], left[last]
        return left


def _numbers(key: bytes) -> Iterator[int]:
    count = 0
    while True:
        block = blake2b(count.to_bytes(8, "big"), key=key, digest_size=_BLOCK.size)
        yield from _BLOCK.unpack(block.digest())
        count += 1

"""Token buckets in memory, per connection, candidate, login or address. Asked at the door."""

import ipaddress
import math
from typing import Generic, TypeVar

from msgspec import Struct

K = TypeVar("K")


class Rate(Struct, frozen=True):
    """So many a second on the long run, and so many at once after a rest."""

    per_s: float
    burst: int


class Bucket:
    """One bucket: fills at `per_s`, holds at most `burst`. The caller brings the time (ms)."""

    __slots__ = ("_burst", "_left", "_per_ms", "_seen_ms")

    def __init__(self, rate: Rate) -> None:
        self._per_ms = rate.per_s / 1000
        self._burst = float(rate.burst)
        self._left = self._burst
        self._seen_ms = 0

    def take(self, now_ms: int, cost: int = 1) -> int:
        """0 when `cost` was taken; otherwise nothing was, and how long to wait, in milliseconds.

        A cost above the burst is taken from a full bucket, which then owes the rest.
        """
        if now_ms > self._seen_ms:
            grown = self._left + (now_ms - self._seen_ms) * self._per_ms
            self._left = grown if grown < self._burst else self._burst
            self._seen_ms = now_ms
        needed = cost if cost < self._burst else self._burst
        if self._left >= needed:
            self._left -= cost
            return 0
        return math.ceil((needed - self._left) / self._per_ms)

    def give_back(self, cost: int = 1) -> None:
        """Undo a `take` that need not count after all."""
        self._left = min(self._burst, self._left + cost)


class Turns:
    """When each of those who were sent away may come again: one after the other, so that the more
    there were lately the later it is, and nobody comes for nothing.

    `per_s`: how many a second. Nobody comes sooner than after `first_ms`; after `last_ms` there
    are no turns left to be had.
    """

    def __init__(self, per_s: float, *, first_ms: int, last_ms: int) -> None:
        self._each_ms = 1_000 / per_s
        self._first_ms, self._last_ms = first_ms, last_ms
        self._next_at = 0.0

    def take(self, now_ms: int) -> int | None:
        """The next turn: how long to wait, in milliseconds; None when all are taken."""
        at = max(self._next_at, now_ms + self._first_ms)
        if at > now_ms + self._last_ms:
            return None
        self._next_at = at + self._each_ms
        return math.ceil(at - now_ms)


class Limits(Generic[K]):
    """One bucket per key, at most `keys_max` of them. Those unused for longest go first, many at a
    time: half as many keys, those last used, are always remembered.

    A key that comes back after being forgotten starts with a full bucket: with more callers than
    that in one refill time the limit per key grows soft, but memory stays bounded.
    """

    def __init__(self, rate: Rate, keys_max: int) -> None:
        self._rate = rate
        self._half = max(1, keys_max // 2)
        # Two dicts that take turns: to keep all keys in order would cost as much as all the rest.
        self._newer: dict[K, Bucket] = {}
        self._older: dict[K, Bucket] = {}

    def take(self, key: K, now_ms: int, cost: int = 1) -> int:
        """As `Bucket.take`, from the bucket of `key`."""
        bucket = self._newer.get(key)
        if bucket is None:
            bucket = self._older.pop(key, None) or Bucket(self._rate)
            if len(self._newer) >= self._half:
                self._older, self._newer = self._newer, {}
            self._newer[key] = bucket
        return bucket.take(now_ms, cost)

    def give_back(self, key: K, cost: int = 1) -> None:
        """As `Bucket.give_back`; nothing when the key has been forgotten."""
        bucket = self._newer.get(key) or self._older.get(key)
        if bucket is not None:
            bucket.give_back(cost)

    def forget(self, key: K) -> None:
        """Drop a key that will not come back, as a connection that closed."""
        self._newer.pop(key, None)
        self._older.pop(key, None)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._newer) + len(self._older)


def network_of(address: str) -> str:
    """What stands for an address in a limit: whoever has one IPv6 address has 2^64 of them.

    An IPv6 address counts as its /64, one that carries an IPv4 address as that; a text that is no
    address as itself.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))

"""Redis' streams and consumer groups in memory, as far as the log of a partition uses them."""

import copy

from redis.exceptions import ResponseError

Id = tuple[int, int]
Fields = list[bytes]

FIRST: Id = (0, 0)
LAST: Id = (2**63, 0)


class Group:
    """A consumer group: what was delivered to whom and has not been acknowledged."""

    def __init__(self) -> None:
        self.last: Id = FIRST
        self.pending: dict[Id, tuple[bytes, int]] = {}


class Stream:
    """Entries by id, in order."""

    def __init__(self) -> None:
        self.entries: dict[Id, Fields] = {}
        self.last: Id = FIRST
        self.groups: dict[bytes, Group] = {}

    def clone(self) -> "Stream":
        """A copy that shares nothing."""
        return copy.deepcopy(self)

    def add(self, now: int, fields: Fields) -> bytes:
        """XADD with `*`: ids only ever grow, whatever the clock does."""
        self.last = max((now, 0), (self.last[0], self.last[1] + 1))
        self.entries[self.last] = fields
        return text(self.last)

    def between(self, low: Id, high: Id, count: int | None) -> list[list[object]]:
        """XRANGE."""
        ids = [at for at in self.entries if low <= at <= high]
        return [[text(at), self.entries[at]] for at in ids[:count]]

    def group(self, name: bytes) -> Group:
        """The group of this name. Raises ResponseError NOGROUP."""
        if name not in self.groups:
            raise ResponseError("NOGROUP No such consumer group")
        return self.groups[name]

    def read_new(self, name: bytes, consumer: bytes, count: int, now: int) -> list[list[object]]:
        """XREADGROUP with `>`."""
        group = self.group(name)
        ids = [at for at in self.entries if at > group.last][:count]
        for at in ids:
            group.last = at
            group.pending[at] = (consumer, now)
        return [[text(at), self.entries[at]] for at in ids]

    def read_own(self, name: bytes, consumer: bytes, count: int, now: int) -> list[list[object]]:
        """XREADGROUP with an id of 0: what this consumer holds, delivered once more."""
        group = self.group(name)
        ids = [at for at in sorted(group.pending) if group.pending[at][0] == consumer][:count]
        for at in ids:
            group.pending[at] = (consumer, now)
        return [[text(at), self.entries.get(at)] for at in ids]

    def claim(
        self, name: bytes, consumer: bytes, idle_ms: int, count: int, now: int
    ) -> list[object]:
        """XAUTOCLAIM from the beginning; entries that are gone leave the pending list."""
        group = self.group(name)
        gone: list[bytes] = []
        mine: list[list[object]] = []
        for at in sorted(group.pending):
            if len(mine) >= count:
                break
            if now - group.pending[at][1] < idle_ms:
                continue
            if at not in self.entries:
                del group.pending[at]
                gone.append(text(at))
                continue
            group.pending[at] = (consumer, now)
            mine.append([text(at), self.entries[at]])
        return [b"0-0", mine, gone]

    def acknowledge(self, name: bytes, at: Id) -> int:
        """XACK."""
        group = self.groups.get(name)
        return int(group is not None and group.pending.pop(at, None) is not None)

    def delete(self, at: Id) -> int:
        """XDEL."""
        return int(self.entries.pop(at, None) is not None)


def text(at: Id) -> bytes:
    """An id as Redis writes it."""
    return b"%d-%d" % at


def parse(raw: bytes, *, end: bool = False) -> Id:
    """An id as Redis reads it; without a count it is the first or, at the end, the last of its
    millisecond."""
    if raw in (b"-", b"+"):
        return LAST if raw == b"+" else FIRST
    ms, _, count = raw.partition(b"-")
    return int(ms), int(count) if count else (2**63 if end else 0)

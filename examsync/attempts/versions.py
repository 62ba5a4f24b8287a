"""A mapping of which every change makes a new version, whatever its size (pure).

An answer changes one of many responses, and what was confirmed must stay readable while the next
answers are under way. To copy them all for each answer costs more than to decide it. So the newest
version has the dict, and each older one what differs from the next (H. Baker, Shallow Binding Makes
Functional Arrays Fast, 1991). Only old versions hold new ones, so none is in a cycle.
"""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Generic, Self, TypeVar, cast

V = TypeVar("V")

_ABSENT = object()


class Versions(Mapping[str, V], Generic[V]):
    """One version. It never changes, as far as anybody can see."""

    __slots__ = ("_all", "_key", "_newer", "_was")

    def __init__(self, values: dict[str, V]) -> None:
        """`values` is ours from now on."""
        self._all: dict[str, V] | None = values
        self._newer: Versions[V] | None = None
        self._key = ""
        self._was: object = None

    def having(self, key: str, value: V) -> Self:
        """The version after this one, in which `value` stands for `key`."""
        newer = type(self)(self._read())
        self._hand_on(newer, key, value)
        return newer

    def _hand_on(self, newer: Self, key: str, value: V) -> None:
        """`newer` has our dict from now on, with the change; we know what was there before."""
        values = self._all
        assert values is not None
        self._all, self._newer = None, newer
        self._key, self._was = key, values.get(key, _ABSENT)
        values[key] = value

    def _read(self) -> dict[str, V]:
        """All of it. One that is not the newest parts from the newer ones and has its own dict."""
        if self._all is not None:
            return self._all
        older: list[Versions[V]] = []
        at = self
        while at._newer is not None:
            older.append(at)
            at = at._newer
        assert at._all is not None
        values = at._all.copy()
        for one in reversed(older):
            if one._was is _ABSENT:
                del values[one._key]
            else:
                values[one._key] = cast(V, one._was)
        self._all, self._newer, self._was = values, None, None
        return values

    def __getitem__(self, key: str) -> V:
        """As of a dict."""
        return self._read()[key]

    def get(self, key: str, default: Any = None) -> Any:
        """As of a dict."""
        values = self._all
        return (self._read() if values is None else values).get(key, default)

    def __iter__(self) -> Iterator[str]:
        """The keys, in the order in which they came."""
        return iter(self._read())

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._read())

    def keys(self) -> KeysView[str]:
        """As of a dict, to be gone through at once: not to be kept."""
        return self._read().keys()

    def values(self) -> ValuesView[V]:
        """As `keys`."""
        return self._read().values()

    def items(self) -> ItemsView[str, V]:
        """As `keys`."""
        return self._read().items()

    def __repr__(self) -> str:
        """As of a dict."""
        return repr(self._read())

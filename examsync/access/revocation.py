"""Tokens that are no longer believed though they have not expired. Asked at every event.

The table in Postgres is the truth; each process keeps this copy and reads what is new.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from examsync.access.token import Identity


class Kind(StrEnum):
    """What a revocation names."""

    SUBJECT = "subject"
    """All tokens of a subject issued before `valid_after`."""
    JTI = "jti"
    """One token."""
    SOURCE = "source"
    """All tokens of one way of signing in (`Identity.source`) issued before `valid_after`."""


class Revocation(Struct, frozen=True):
    """One row. Times in milliseconds; after `forget_after` no token is left that it refuses."""

    kind: Kind
    key: str
    valid_after: int
    forget_after: int


class Revoked:
    """The revocations in force, in memory: as many as were made in a month (no token is older)."""

    def __init__(self) -> None:
        self._rows: dict[Kind, dict[str, Revocation]] = {kind: {} for kind in Kind}
        self._jtis = self._rows[Kind.JTI]
        self._subjects = self._rows[Kind.SUBJECT]
        self._sources = self._rows[Kind.SOURCE]

    def add(self, rows: Iterable[Revocation]) -> list[Revocation]:
        """Take rows in; gives back those that refuse something not refused before."""
        fresh = [row for row in rows if self._is_new(row)]
        for row in fresh:
            self._rows[row.kind][row.key] = row
        return fresh

    def _is_new(self, row: Revocation) -> bool:
        known = self._rows[row.kind].get(row.key)
        return known is None or row.valid_after > known.valid_after

    def covers(self, identity: Identity) -> bool:
        """Whether the token behind `identity` is refused. Few look-ups, as it is asked often."""
        if identity.jti in self._jtis:
            return True
        row = self._subjects.get(identity.subject)
        if row is not None and identity.issued_at < row.valid_after:
            return True
        row = self._sources.get(identity.source)
        return row is not None and identity.issued_at < row.valid_after

    def forget(self, now: int) -> None:
        """Drop rows that have nothing left to refuse."""
        for rows in self._rows.values():
            for key in [key for key, row in rows.items() if row.forget_after < now]:
                del rows[key]

    def __len__(self) -> int:
        """How many are in force."""
        return sum(len(rows) for rows in self._rows.values())

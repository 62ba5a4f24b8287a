"""Guards of the monitor's feeds, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from examsync.monitor import follow
from examsync.monitor.following import Following
from examsync.monitor.marks import Marks
from examsync.monitor.repair import Repair
from tests.simulation import memory_feeds

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


def rows_as_they_come() -> list[Patch]:
    """A row is told and stands whether it is newer than what stands or not."""

    def stand(redis: Any, rows: str, piece: list[bytes], told: list[bytes]) -> None:
        field, rev, label, body = piece
        if field:
            redis.hset(rows, field, rev + label + b"\n" + body)
        told += [label, body]

    return [(memory_feeds, "_stand", stand)]


def feeds_of_any_server() -> list[Patch]:
    """A feed is taken for sound on whatever server it is found, and however far it has come."""

    def sound(self: Any, followed: Any, meta: Any) -> bool:
        return True

    def hear(self: Any, heard: Any) -> None:
        if heard.meta is None or heard.torn or heard.meta.generation != self.history.generation:
            raise follow.Torn("the feed began anew")
        for entry in heard.entries:
            self.history.append(entry)
            self.mirror.take(entry.pieces)
        self._snapshots.clear()

    return [(Following, "_sound", sound), (follow.Followed, "hear", hear)]


def never_repaired() -> list[Patch]:
    """What was flushed or graded is not told by who did that."""
    return [(Repair, "some", lambda self, attempts: None)]


def exams_unrepaired() -> list[Patch]:
    """When the exam changes, nobody reads the rows again."""
    return [(Repair, "everybody", lambda self, exam, *, here=False: None)]


def marks_dropped() -> list[Patch]:
    """What could not be told is forgotten."""
    return [(Marks, "put_back", lambda self, exam, told, now: None)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    rows_as_they_come,
    feeds_of_any_server,
    never_repaired,
    exams_unrepaired,
    marks_dropped,
)

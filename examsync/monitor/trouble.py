"""Who needs an examiner first (pure). Screens sort by it and say the reasons; nothing acts on it.

A reason speaks of what was noticed, never of what somebody may have meant by it.
"""

from msgspec import Struct

from protocol.from_server import Connection, Row
from protocol.types import AttemptState, Grading, Presence

SIGNAL_WEIGHT = 5
SIGNALS_WEIGHT_MAX = 50
"""Ten signals are as bad as a hundred: beyond that, other troubles decide."""
RTT_BAD_MS = 1_000

_HAND, _TAKEOVER, _UNSAVED, _KEPT, _REGRADE, _HIDDEN, _LATE, _SLOW = 100, 90, 30, 20, 20, 15, 10, 5
_PRESENCE = {Presence.AWAY: 80, Presence.SILENT: 40, Presence.LATE: 10}


class Trouble(Struct, frozen=True):
    """How urgent a row is, and why: the weightiest reason first. Weight 0: all is well."""

    weight: int
    reasons: tuple[str, ...]


def trouble(row: Row, connection: Connection | None) -> Trouble:
    """What an examiner should know about a row at a glance."""
    found = sorted(_of_row(row) + _of_connection(row, connection), reverse=True)
    return Trouble(sum(weight for weight, _ in found), tuple(reason for _, reason in found))


def _of_row(row: Row) -> list[tuple[int, str]]:
    signals = min(row.violations * SIGNAL_WEIGHT, SIGNALS_WEIGHT_MAX)
    candidates = [
        (_HAND, "hand raised", row.hand),
        (_TAKEOVER, "a device waits for approval", row.takeover_waiting),
        (signals, _count(row.violations, "signal"), row.violations > 0),
        (_KEPT, _count(row.kept, "answer") + " kept apart", row.kept > 0),
        (_REGRADE, "a regrade is proposed", row.grading is Grading.REGRADE_PROPOSED),
        (_LATE, _count(row.late, "answer") + " late", row.late > 0),
    ]
    return [(weight, reason) for weight, reason, there in candidates if there]


def _of_connection(row: Row, connection: Connection | None) -> list[tuple[int, str]]:
    """Who has not begun, or has finished, may be where he likes."""
    if row.state not in (AttemptState.IN_PROGRESS, AttemptState.PAUSED):
        return []
    if connection is None:
        return [(_PRESENCE[Presence.AWAY], "not connected")]
    slow = connection.rtt_ms is not None and connection.rtt_ms >= RTT_BAD_MS
    candidates = [
        (_PRESENCE.get(connection.level, 0), str(connection.level), True),
        (_UNSAVED, _count(connection.pending, "answer") + " on the way", connection.pending > 0),
        (_HIDDEN, "page hidden", connection.visible is False),
        (_SLOW, "slow line", slow),
    ]
    return [(weight, reason) for weight, reason, there in candidates if there and weight]


def sorted_by_trouble(
    rows: dict[str, Row], connections: dict[str, Connection]
) -> list[tuple[Row, Trouble]]:
    """All rows: the greatest trouble first, then those under way, then by name."""
    found = [(row, trouble(row, connections.get(row.attempt))) for row in rows.values()]
    return sorted(found, key=_urgency)


def _urgency(one: tuple[Row, Trouble]) -> tuple[int, bool, str, str]:
    row, found = one
    under_way = row.state in (AttemptState.IN_PROGRESS, AttemptState.PAUSED)
    return (-found.weight, not under_way, row.name, row.attempt)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

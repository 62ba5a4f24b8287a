"""What is counted of a mirror is counted once for a version of its feed."""

from collections.abc import Iterable

import pytest

from examsync.monitor.keeping import Counted
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import Piece, connection_piece
from protocol.from_server import Connection
from protocol.types import Presence
from tests.unit.monitor.scene import EXAM, NOW

HERE = Connection("a1", (NOW, 1), Presence.LIVE, NOW, process="web-1")
GONE = Connection("a1", (NOW, 2), Presence.AWAY, NOW, process="web-1")
B = frozenset({"B"})
C = frozenset({"C"})


def mirror(pieces: Iterable[Piece] = ()) -> Mirror:
    found = Mirror(EXAM)
    found.take(pieces)
    return found


@pytest.mark.parametrize("halls", [frozenset(), B, C])
def test_it_says_what_the_mirror_says(halls: frozenset[str]) -> None:
    of = mirror([connection_piece(HERE, "B")])
    counted = Counted(of, ("g", 1))
    assert counted.of(halls) == (of.states(halls), of.presence(halls))
    assert counted.processes() == of.processes() == {"web-1"}


def test_it_counts_once_and_each_hall_for_itself() -> None:
    of = mirror([connection_piece(HERE, "B")])
    counted = Counted(of, ("g", 1))
    before = [counted.of(B), counted.of(C), counted.processes()]
    of.take([connection_piece(GONE, "B")])
    assert [counted.of(B), counted.of(C), counted.processes()] == before
    assert Counted(of, ("g", 2)).processes() == set()
    assert Counted(of, ("g", 2)).of(B)[1] == {"away": 1}

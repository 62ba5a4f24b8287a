"""A client that merges deltas holds what a fresh snapshot holds, or knows that it does not."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examsync.monitor.delta import Board, Outcome, decoded, take
from examsync.monitor.history import Entry, History, Said
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import Piece
from protocol.from_server import Hand, Hands, Progress, Roster, Signal, Stats, Violations
from protocol.types import Presence
from tests.unit.monitor.scene import (
    EXAM,
    NOW,
    connection,
    connection_of,
    hand_of,
    row,
    row_of,
    signal_of,
)

ALL: frozenset[str] = frozenset()


def whole(version: str = "g.1") -> Board:
    board = Board(EXAM)
    snapshot = Roster(EXAM, version, rows=[row()], connections=[connection()])
    assert take(board, snapshot) is Outcome.TAKEN
    return board


def test_who_is_gone_goes_before_anything_else_is_taken() -> None:
    board = whole()
    assert take(board, Roster(EXAM, "g.2", "g.1", gone=["a1", "a9"])) is Outcome.TAKEN
    assert (board.rows, board.connections, board.version) == ({}, {}, "g.2")
    board = whole()
    older = msgspec.structs.replace(row(), rev=(1, 1))
    take(board, Roster(EXAM, "g.2", "g.1", rows=[older], gone=["a1"]))
    assert board.rows == {"a1": older}


def test_a_board_begins_empty_and_takes_no_delta() -> None:
    board = Board(EXAM)
    assert take(board, Progress(EXAM, "g.2", "g.1", [row()])) is Outcome.GAP
    assert board == Board(EXAM)


def test_a_snapshot_makes_it_whole() -> None:
    board = whole()
    assert board.version == "g.1"
    assert board.rows == {"a1": row()}
    assert board.connections == {"a1": connection()}


def test_a_snapshot_in_parts_is_whole_with_the_last_one() -> None:
    board = Board(EXAM)
    versions = []
    for part, name in ((1, "a1"), (2, "a2")):
        take(board, Roster(EXAM, "g.1", part=part, parts=2, rows=[row(name)]))
        versions.append(board.version)
    assert versions == [None, "g.1"]
    assert set(board.rows) == {"a1", "a2"}


@pytest.mark.parametrize(
    "part", [Roster(EXAM, "g.1", part=3, parts=3), Roster(EXAM, "g.9", part=2, parts=3)]
)
def test_parts_that_do_not_follow_each_other_are_a_gap(part: Roster) -> None:
    board = Board(EXAM)
    take(board, Roster(EXAM, "g.1", part=1, parts=3, rows=[row()]))
    assert take(board, part) is Outcome.GAP
    assert board.version is None


def test_a_new_snapshot_forgets_who_is_not_in_it() -> None:
    board = whole()
    take(board, Roster(EXAM, "h.1", rows=[row("a2")]))
    assert set(board.rows) == {"a2"}
    assert board.connections == {}


def test_a_delta_on_the_version_at_hand_is_taken() -> None:
    board = whole()
    assert take(board, Progress(EXAM, "g.3", "g.1", [row(n=2)])) is Outcome.TAKEN
    assert board.version == "g.3"
    assert board.rows["a1"] == row(n=2)


def test_a_delta_on_any_other_version_is_a_gap_and_changes_nothing() -> None:
    board = whole()
    assert take(board, Progress(EXAM, "g.4", "g.3", [row(n=2)])) is Outcome.GAP
    assert board == whole()


def test_an_older_part_never_wins_and_a_later_one_of_the_same_fact_does() -> None:
    board = whole()
    take(board, Progress(EXAM, "g.2", "g.1", [row(n=5)]))
    take(board, Roster(EXAM, "g.3", "g.2", rows=[row(n=4)], connections=[connection(reports=0)]))
    assert board.rows["a1"] == row(n=5)
    assert board.connections["a1"] == connection()
    take(board, Progress(EXAM, "g.4", "g.3", [row(n=5, deadline=NOW)]))
    assert board.rows["a1"].deadline == NOW


def test_what_happened_is_kept_once_however_often_it_is_told() -> None:
    board = whole()
    signal = Signal("a1", "v1", "paste", NOW, NOW)
    take(board, Violations(EXAM, "g.2", "g.1", [signal]))
    take(board, Violations(EXAM, "g.3", "g.2", [signal]))
    take(board, Hands(EXAM, "g.4", "g.3", [Hand("a1", True, NOW)]))
    assert list(board.happened) == [signal, Hand("a1", True, NOW)]


def test_figures_have_no_version_and_the_last_ones_win() -> None:
    board = whole()
    take(board, Stats(EXAM, NOW, {}, {}, 0, 0))
    take(board, Stats(EXAM, NOW + 1, {}, {}, 3, 0))
    assert board.stats is not None
    assert board.stats.backlog == 3
    assert board.version == "g.1"


def test_another_exam_is_none_of_its_business() -> None:
    board = whole()
    assert take(board, Roster("other", "g.2", rows=[])) is Outcome.IGNORED
    assert take(board, object()) is Outcome.IGNORED
    assert board == whole()


# --- the truth, in small -------------------------------------------------------------------------

names = st.sampled_from(["a1", "a2", "b1", "b2", "b3"])


def hall_of(name: str) -> str:
    return name[0].upper()


class World:
    """A feed, as the store keeps it, with pieces that are newer every time."""

    def __init__(self) -> None:
        self.mirror, self.history = Mirror(EXAM), History(EXAM, "g", 0)
        self.n = 0

    def tell(self, kind: str, who: list[str]) -> None:
        self.n += 1
        pieces = tuple(self._piece(kind, name) for name in dict.fromkeys(who))
        self.history.append(Entry(self.history.head + 1, pieces, NOW))
        self.mirror.take(pieces)

    def _piece(self, kind: str, name: str) -> Piece:
        hall = hall_of(name)
        match kind:
            case "row":
                return row_of(name, self.n, hall, answered=self.n % 5)
            case "connection":
                return connection_of(name, self.n, hall, level=[*Presence][self.n % 4])
            case "signal":
                return signal_of(name, f"v{self.n}", hall)
        return hand_of(name, hall)

    def fresh(self, halls: frozenset[str]) -> Board:
        board = Board(EXAM)
        for body in self.mirror.snapshot("g", self.history.head, halls):
            assert take(board, decoded("roster", body)) is Outcome.TAKEN
        return board


class Reader:
    """A watcher and the client behind it."""

    def __init__(self, world: World, halls: frozenset[str]) -> None:
        self.world, self.halls = world, halls
        self.board = world.fresh(halls)
        self.position = self.sent = world.history.head

    def catch_up(self) -> list[Said]:
        said = self.world.history.since(self.position, self.sent, self.halls)
        for each in said:
            assert take(self.board, decoded(each.event, each.body)) is Outcome.TAKEN
            self.sent = each.version
        self.position = self.world.history.head
        return said


tellings = st.tuples(
    st.sampled_from(["row", "row", "connection", "connection", "signal", "hand"]),
    st.lists(names, min_size=1, max_size=4),
)
halls = st.sampled_from([ALL, frozenset({"A"}), frozenset({"B"}), frozenset({"A", "B"})])
steps = st.lists(st.one_of(tellings, halls, st.integers(0, 3)), max_size=40)


@settings(max_examples=200)
@given(steps)
def test_snapshot_and_deltas_are_a_fresh_snapshot_whenever_and_however_one_looks(
    todo: "list[tuple[str, list[str]] | frozenset[str] | int]",
) -> None:
    """Tell things, let watchers of some halls begin, let one of them catch up; then compare."""
    world = World()
    readers = [Reader(world, ALL)]
    for step in todo:
        if isinstance(step, tuple):
            world.tell(*step)
        elif isinstance(step, frozenset):
            readers.append(Reader(world, step))
        else:
            check(readers[step % len(readers)])
    for reader in readers:
        check(reader)


def check(reader: Reader) -> None:
    """It catches up in a few events, and then holds what a newcomer to its halls would."""
    said = reader.catch_up()
    assert len({each.version for each in said}) == len(said)
    fresh = reader.world.fresh(reader.halls)
    assert reader.board.rows == fresh.rows
    assert reader.board.connections == fresh.connections
    shown = {hall_of(name) for name in reader.board.rows}
    assert not reader.halls or shown <= reader.halls


@given(st.lists(st.tuples(names, st.integers(0, 9)), max_size=20), st.randoms())
def test_the_order_in_which_rows_arrive_does_not_matter(
    told: list[tuple[str, int]], luck: random.Random
) -> None:
    rows = [row(name, n, answered=n) for name, n in told]
    one, other = whole(), whole()
    take(one, Progress(EXAM, "g.2", "g.1", rows))
    luck.shuffle(rows)
    take(other, Progress(EXAM, "g.2", "g.1", rows))
    assert msgspec.json.encode(one.rows, order="sorted") == msgspec.json.encode(
        other.rows, order="sorted"
    )

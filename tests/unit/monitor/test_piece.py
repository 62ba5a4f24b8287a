"""Pieces keep what they are through stream and hash, and their revs order as they should."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from examsync.monitor.piece import (
    REV_CHARS,
    Piece,
    connection_piece,
    gone_piece,
    labelled,
    row_piece,
    row_rev,
    stamp_of,
    stamp_rev,
    stored,
)
from protocol.from_server import Connection, Row
from tests.unit.monitor.scene import connection, connection_of, hand_of, row, row_of, signal_of

counts = st.integers(0, 2**31 - 1)
exam_ns = st.integers(0, 2_000)
times = st.integers(0, 10**14 - 1)
halls = st.text(max_size=20)
rows = st.tuples(st.tuples(counts, counts), exam_ns, times)
stamps = st.tuples(times, st.integers(0, 10**10 - 1))


@given(rows, rows)
def test_rows_are_ordered_by_fact_then_by_exam_then_by_their_change_in_postgres(
    one: tuple[tuple[int, int], int, int], other: tuple[tuple[int, int], int, int]
) -> None:
    first, second = (row_rev(rev_row(key[0]), key[1], key[2]) for key in (one, other))
    assert (first < second) == (one < other)
    assert len(first) == len(second) == REV_CHARS


def rev_row(rev: tuple[int, int]) -> Row:
    return msgspec.structs.replace(row(), rev=rev)


@given(stamps, stamps)
def test_connections_are_ordered_by_connection_then_by_report(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    assert (stamp_rev(one) < stamp_rev(other)) == (one < other)
    assert stamp_of(stamp_rev(one)) == one
    assert len(stamp_rev(one)) == REV_CHARS


@given(halls)
def test_a_piece_survives_the_hash_whatever_the_hall_is_called(hall: str) -> None:
    for piece in (row_piece(row(hall=hall), 4, 17), connection_piece(connection(), hall)):
        value = piece.rev.encode() + piece.label.encode() + b"\n" + piece.body
        assert stored(value) == piece


@given(halls)
def test_a_piece_survives_the_stream_but_for_its_rev(hall: str) -> None:
    piece = row_piece(row(hall=hall), 4)
    assert labelled(piece.label, piece.body) == msgspec.structs.replace(piece, rev="")


def test_what_stands_has_a_field_and_what_happens_has_none() -> None:
    assert row_of().field == "a1:r"
    assert connection_of().field == "a1:c"
    assert signal_of().field == hand_of().field == ""


def test_a_body_is_what_goes_over_the_wire() -> None:
    assert msgspec.json.decode(row_of().body, type=Row) == row()
    assert msgspec.json.decode(connection_of().body, type=Connection) == connection()


def test_the_hall_of_a_row_is_the_hall_of_its_piece() -> None:
    assert row_of(hall="C").hall == "C"
    assert isinstance(row_of(), Piece)


def test_who_is_gone_does_not_stand_and_is_told_by_name() -> None:
    gone = gone_piece("a1")
    assert (gone.stands, gone.field, msgspec.json.decode(gone.body)) == (False, "", "a1")
    assert labelled("ga1|A", b"") == msgspec.structs.replace(gone, hall="A")


def test_a_piece_is_told_as_its_parts_say() -> None:
    for piece in (row_of(), connection_of(), signal_of(), hand_of(), gone_piece("a1")):
        assert piece.told() == (piece.field, piece.rev, piece.label, piece.body)

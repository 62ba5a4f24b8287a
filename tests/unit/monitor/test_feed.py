"""What Redis says is read as what it is, and an error is never read as an answer."""

from typing import Any

import pytest

from examsync.errors import Unavailable
from examsync.monitor.feed import (
    Answer,
    Meta,
    answer_of,
    checked,
    entries_of,
    heard_of,
    meta_of,
    standing_of,
)
from examsync.monitor.history import Entry
from examsync.monitor.piece import Piece, stored
from tests.unit.monitor.scene import NOW, row_of, signal_of

META = [b"g1", b"run", b"7", b"g1"]


def told(version: int, *pieces: Piece, generation: str = "g1") -> list[Any]:
    fields = [b"generation", generation.encode(), b"at", str(NOW).encode()]
    for piece in pieces:
        fields += [piece.label.encode(), piece.body]
    return [f"{version}-0".encode(), fields]


def test_a_feed_that_is_not_there_has_no_meta() -> None:
    assert meta_of([None, None, None, None], "run") is None


def test_a_feed_is_filled_when_it_was_filled_in_this_generation() -> None:
    assert meta_of(META, "run") == Meta("g1", "run", 7, True, True)
    assert meta_of([b"g2", b"run", b"0", b"g1"], "run") == Meta("g2", "run", 0, False, True)
    assert meta_of([b"g2", None, None, None], "run") == Meta("g2", "", 0, False, False)


def test_a_feed_that_another_server_has_a_copy_of_is_not_there() -> None:
    assert meta_of(META, "other") == Meta("g1", "run", 7, True, False)
    standing = standing_of([META, [], []], "other")
    assert standing is not None
    assert not standing.meta.here
    heard = heard_of({}, "feed:x", META, "other")
    assert heard.meta is not None
    assert not heard.meta.here


def test_an_answer_names_what_was_outdone() -> None:
    assert answer_of(None) is None
    assert answer_of([b"g1", b"8", 0, b"55", 3, b"77"]) == Answer("g1", 8, {0: "55", 3: "77"})


def test_entries_are_read_up_to_those_of_another_life() -> None:
    found, torn = entries_of(
        [told(1, row_of()), told(2, signal_of()), told(3, row_of(), generation="g2")], "g1"
    )
    assert [entry.version for entry in found] == [1, 2]
    assert found[0].pieces[0].body == row_of().body
    assert found[0].at == NOW
    assert torn


def test_entries_of_a_feed_that_is_gone_are_of_another_life() -> None:
    assert entries_of([told(1, row_of())], None) == ([], True)
    assert entries_of([], None) == ([], False)


def test_what_was_heard_is_found_by_its_stream() -> None:
    heard = heard_of({b"feed:x": [told(8, signal_of())]}, "feed:x", META, "run")
    assert heard.meta == Meta("g1", "run", 7, True, True)
    assert [entry.version for entry in heard.entries] == [8]
    assert heard_of({}, "feed:x", META, "run").entries == []


def test_a_whole_feed_comes_from_one_transaction() -> None:
    piece = row_of()
    value = piece.rev.encode() + piece.label.encode() + b"\n" + piece.body
    standing = standing_of([META, [value], [told(7, row_of())]], "run")
    assert standing is not None
    assert [stored(each) for each in standing.values] == [piece]
    assert isinstance(standing.earlier[0], Entry)
    assert standing_of([[None] * 4, [], []], "run") is None


def test_an_error_among_replies_is_no_reply() -> None:
    with pytest.raises(Unavailable, match="OOM"):
        checked([b"ok", RuntimeError("OOM")])
    with pytest.raises(Unavailable):
        standing_of([META, RuntimeError("WRONGTYPE"), []], "run")
    with pytest.raises(Unavailable):
        standing_of(None, "run")

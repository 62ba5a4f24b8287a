"""A mirror shows what stands: in chunks, per hall, and counted."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.monitor import mirror as module
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import Piece, labelled
from protocol.types import AttemptState, Presence
from tests.unit.monitor.scene import EXAM, connection, connection_of, row_of, signal_of

ALL: frozenset[str] = frozenset()


def mirror(*pieces: Piece) -> Mirror:
    found = Mirror(EXAM)
    found.take(pieces)
    return found


def parts(of: Mirror, halls: frozenset[str] = ALL) -> list[dict[str, Any]]:
    return [msgspec.json.decode(part) for part in of.snapshot("g1", 7, halls)]


def test_an_exam_without_candidates_is_one_empty_part() -> None:
    assert parts(mirror()) == [{"exam": EXAM, "version": "g1.7", "part": 1, "parts": 1}]


def test_a_snapshot_holds_the_last_of_every_part_and_no_event() -> None:
    (part,) = parts(mirror(row_of(n=1), connection_of(), row_of(n=2), signal_of()))
    assert [row["rev"] for row in part["rows"]] == [[2, 2]]
    assert len(part["connections"]) == 1
    assert "prior" not in part


def test_a_large_exam_comes_in_chunks_that_miss_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_PER_CHUNK", 4)
    names = [f"a{n}" for n in range(9)]
    found = parts(mirror(*(row_of(name) for name in names), connection_of("a8")))
    assert [(part["part"], part["parts"]) for part in found] == [(1, 3), (2, 3), (3, 3)]
    assert [row["attempt"] for part in found for row in part["rows"]] == names
    assert [each["attempt"] for each in found[2]["connections"]] == ["a8"]


def test_a_connection_whose_row_has_not_come_yet_is_not_left_out() -> None:
    (part,) = parts(mirror(connection_of("a5")))
    assert [each["attempt"] for each in part["connections"]] == ["a5"]


def test_a_snapshot_of_a_hall_holds_that_hall() -> None:
    found = mirror(
        row_of("a1", hall="A"), connection_of("a1", hall="A"), row_of("b1"), connection_of("b1")
    )
    (part,) = parts(found, frozenset({"B"}))
    assert [row["attempt"] for row in part["rows"]] == ["b1"]
    assert [each["attempt"] for each in part["connections"]] == ["b1"]


def test_states_and_levels_are_counted_and_who_never_connected_too() -> None:
    found = mirror(
        row_of("a1"),
        row_of("a2", state=AttemptState.SUBMITTED),
        row_of("a3"),
        connection_of("a1"),
        connection_of("a2", level=Presence.AWAY),
    )
    assert found.states(ALL) == {"in_progress": 2, "submitted": 1}
    assert found.presence(ALL) == {"live": 1, "away": 1, "never": 1}


names = st.sampled_from(["a1", "a2", "a3"])
halls = st.sampled_from(["A", "B"])
standing = st.builds(
    lambda name, hall, state: row_of(name, hall=hall, state=state),
    names,
    halls,
    st.sampled_from([AttemptState.IN_PROGRESS, AttemptState.SUBMITTED]),
)
connected = st.builds(
    lambda name, hall, level, process: connection_of(name, hall=hall, level=level, process=process),
    names,
    halls,
    st.sampled_from([Presence.LIVE, Presence.AWAY]),
    st.sampled_from(["web-1", "web-2"]),
)
gone = st.builds(lambda name, hall: labelled(f"g{name}|{hall}", b""), names, halls)


@given(st.lists(standing | connected | gone, max_size=30))
def test_whatever_comes_and_goes_the_figures_are_those_of_what_is_shown(
    pieces: list[Piece],
) -> None:
    found = mirror(*pieces)
    for shown in (ALL, frozenset({"A"}), frozenset({"B"}), frozenset({"A", "B"})):
        (part,) = parts(found, shown)
        states = Counter(row["state"] for row in part.get("rows", []))
        levels = Counter(each["level"] for each in part.get("connections", []))
        (whole,) = parts(found)
        known = {each["attempt"] for each in whole.get("connections", [])}
        never = sum(row["attempt"] not in known for row in part.get("rows", []))
        assert found.states(shown) == states
        assert found.presence(shown) == +(levels + Counter({"never": never}))
    there = [each for each in whole.get("connections", []) if each["level"] != "away"]
    assert found.processes() == {each["process"] for each in there}


def test_figures_are_of_the_halls_that_are_shown() -> None:
    found = mirror(row_of("a1", hall="A"), row_of("b1"), connection_of("b1"))
    assert found.states(frozenset({"A"})) == {"in_progress": 1}
    assert found.presence(frozenset({"A"})) == {"never": 1}
    assert found.presence(frozenset({"B"})) == {"live": 1}


def test_a_process_holds_those_who_are_not_away() -> None:
    found = mirror(
        connection_of("a1", hall="A", process="web-1"),
        connection_of("a2", process="web-1", level=Presence.AWAY),
        connection_of("a3", process="web-2", level=Presence.LATE),
    )
    assert found.processes() == {"web-1", "web-2"}
    assert found.held_by("web-1") == [(connection("a1", process="web-1"), "A")]


def test_who_is_gone_is_neither_shown_nor_counted() -> None:
    found = mirror(row_of(hall="A"), connection_of(hall="A"), labelled("ga1|A", b""))
    assert parts(found) == [{"exam": EXAM, "version": "g1.7", "part": 1, "parts": 1}]
    assert (found.states(ALL), found.processes()) == ({}, set())
    assert found.presence(ALL) == {}


def test_who_is_gone_from_one_hall_stays_where_he_is() -> None:
    found = mirror(row_of(hall="B"), connection_of(hall="B"), labelled("ga1|A", b""))
    (part,) = parts(found)
    assert len(part["rows"]) == len(part["connections"]) == 1

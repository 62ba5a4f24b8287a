"""What a watcher has missed is told whole, merged, and to nobody else's halls; or not at all."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from examsync.monitor import history as module
from examsync.monitor.history import Entry, Gap, History, Said, version_of, version_text
from examsync.monitor.piece import Piece, labelled
from tests.unit.monitor.scene import EXAM, NOW, connection_of, hand_of, row_of, signal_of

ALL: frozenset[str] = frozenset()


def entry(version: int, *pieces: Piece) -> Entry:
    return Entry(version, pieces, NOW)


def history(*entries: Entry, head: int = 0) -> History:
    found = History(EXAM, "g1", head)
    for each in entries:
        found.append(each)
    return found


def body(said: Said) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(said.body)
    return found


def test_rows_alone_are_progress_and_with_connections_a_roster() -> None:
    found = history(entry(1, row_of()), entry(2, signal_of()), entry(3, connection_of()))
    events = found.since(0, 0, ALL)
    assert [(said.event, said.version) for said in events] == [
        ("progress", 1),
        ("violation", 2),
        ("roster", 3),
    ]
    progress, _, roster = map(body, events)
    assert [row["attempt"] for row in progress["rows"]] == ["a1"]
    assert "rows" not in roster
    assert [each["attempt"] for each in roster["connections"]] == ["a1"]


def test_each_event_builds_on_the_one_before_it() -> None:
    found = history(entry(1, row_of()), entry(2, signal_of()), entry(3, hand_of()))
    bodies = [body(said) for said in found.since(0, 0, ALL)]
    assert bodies[0]["prior"] == "g1.0"
    assert all(one["version"] == other["prior"] for one, other in pairwise(bodies))
    assert bodies[-1]["version"] == "g1.3"


def test_rows_told_one_after_the_other_are_told_once_with_the_last_word() -> None:
    entries = [entry(n, row_of(n=n), row_of("a2", n)) for n in range(1, 6)]
    (said,) = history(*entries).since(0, 0, ALL)
    assert (said.event, said.version) == ("progress", 5)
    assert [row["rev"] for row in body(said)["rows"]] == [[2, 5], [2, 5]]


def test_the_row_and_the_connection_of_one_attempt_do_not_replace_each_other() -> None:
    (said,) = history(entry(1, row_of()), entry(2, connection_of())).since(0, 0, ALL)
    assert said.event == "roster"
    assert len(body(said)["rows"]) == len(body(said)["connections"]) == 1


def test_every_signal_is_told() -> None:
    found = history(entry(1, signal_of(id_="v1")), entry(2, signal_of(id_="v2"), signal_of("a2")))
    (said,) = found.since(0, 0, ALL)
    assert [each["attempt"] for each in body(said)["violations"]] == ["a1", "a1", "a2"]


def test_hands_and_signals_are_not_mixed() -> None:
    found = history(entry(1, signal_of()), entry(2, hand_of()))
    assert [said.event for said in found.since(0, 0, ALL)] == ["violation", "hand"]


def test_who_has_everything_misses_nothing() -> None:
    assert history(entry(1, row_of())).since(1, 1, ALL) == []


def test_a_watcher_of_one_hall_is_told_of_no_other() -> None:
    found = history(entry(1, row_of("a1", hall="A"), row_of("b1", hall="B")))
    (said,) = found.since(0, 0, frozenset({"B"}))
    assert [row["attempt"] for row in body(said)["rows"]] == ["b1"]
    assert b"a1" not in said.body


def test_what_was_not_shown_makes_no_gap() -> None:
    found = history(
        entry(1, row_of("b1", hall="B")),
        entry(2, row_of("a1", hall="A")),
        entry(3, signal_of("b1", hall="B")),
    )
    first, second = found.since(0, 0, frozenset({"B"}))
    assert body(second)["prior"] == body(first)["version"]
    # served up to 2, but last told 1: the chain goes on from there
    (again,) = found.since(2, 1, frozenset({"B"}))
    assert body(again)["prior"] == "g1.1"


def test_a_hole_is_refused() -> None:
    found = history(entry(1, row_of()))
    with pytest.raises(Gap):
        found.append(entry(3, row_of()))


def test_what_is_before_the_beginning_or_after_the_end_is_a_gap() -> None:
    found = history(entry(11, row_of()), head=10)
    assert not found.covers(9)
    assert found.covers(10)
    assert found.covers(11)
    assert not found.covers(12)
    with pytest.raises(Gap):
        found.since(9, 9, ALL)


def test_the_oldest_entries_go_first_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ENTRIES_MAX", 3)
    found = history(*(entry(n, row_of(n=n)) for n in range(1, 6)))
    assert (found.floor, found.head) == (2, 5)
    assert not found.covers(1)
    assert found.since(2, 2, ALL)[-1].version == 5


def test_a_history_weighs_no_more_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_MAX", 3 * len(row_of().body))
    found = history(*(entry(n, row_of()) for n in range(1, 9)))
    assert (found.floor, found.head) == (5, 8)


def test_earlier_entries_are_recalled_as_far_as_they_join() -> None:
    found = history(head=9)
    found.recall([entry(9, row_of(n=9)), entry(8, row_of(n=8)), entry(6, row_of(n=6))])
    assert (found.floor, found.head) == (7, 9)
    (said,) = found.since(7, 7, ALL)
    assert body(said)["rows"][0]["rev"] == [2, 9]


def test_entries_that_do_not_join_at_all_are_not_recalled() -> None:
    found = history(head=9)
    found.recall([entry(8, row_of())])
    assert found.floor == 9


def test_watchers_at_the_same_place_get_the_very_same_bytes() -> None:
    found = history(entry(1, row_of()), entry(2, connection_of()))
    assert found.since(0, 0, ALL)[0] is found.since(0, 0, ALL)[0]


def test_what_was_encoded_is_not_told_again_after_more_has_come() -> None:
    found = history(entry(1, row_of(n=1)))
    found.since(0, 0, ALL)
    found.append(entry(2, row_of(n=2)))
    assert body(found.since(0, 0, ALL)[-1])["rows"][0]["rev"] == [2, 2]


def test_many_places_are_served_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PLACES_MAX", 2)
    found = history(*(entry(n, row_of(n=n)) for n in range(1, 8)))
    assert [found.since(n, n, ALL)[-1].version for n in range(7)] == [7] * 7


@pytest.mark.parametrize(
    "text", ["", "g1", "g1.", ".5", "g1.x", "g1.-1", "g1.٣", "g1.1" + 20 * "0"]
)
def test_a_version_that_was_not_made_here_is_none(text: str) -> None:
    assert version_of(text) is None


def test_a_version_comes_back_as_it_went() -> None:
    assert version_of(version_text("ab12", 57)) == ("ab12", 57)


# --- who is gone ----------------------------------------------------------------------------------


def gone_from(hall: str, name: str = "a1") -> Piece:
    return labelled(f"g{name}|{hall}", b"")


MOVED = entry(1, gone_from("A"), connection_of(hall="B"), row_of(hall="B"))


@pytest.mark.parametrize(
    ("halls", "told"),
    [
        (ALL, {"rows": 1, "connections": 1}),
        (frozenset("AB"), {"rows": 1, "connections": 1}),
        (frozenset("B"), {"rows": 1, "connections": 1}),
        (frozenset("A"), {"gone": 1}),
        (frozenset("C"), None),
    ],
)
def test_who_moves_is_gone_for_those_who_see_only_where_he_was(
    halls: frozenset[str], told: dict[str, int] | None
) -> None:
    events = history(MOVED).since(0, 0, halls)
    lists = [{k: len(v) for k, v in body(said).items() if isinstance(v, list)} for said in events]
    assert lists == ([] if told is None else [told])
    assert {said.event for said in events} <= {"roster"}


def test_who_leaves_and_comes_back_is_gone_first_however_much_is_told_at_once() -> None:
    left = entry(2, gone_from("B"))
    back = entry(3, row_of(n=1, hall="B"))
    (said,) = history(MOVED, left, back).since(0, 0, frozenset("B"))
    told = body(said)
    assert (told["gone"], [row["rev"] for row in told["rows"]]) == (["a1"], [[2, 1]])
    assert "connections" not in told


def test_who_is_gone_waits_as_long_as_rows_do() -> None:
    assert not entry(1, gone_from("A")).urgent

"""A sweep that looks only at whom something concerns tells what one that looks at all would."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from examsync.monitor.piece import Piece
from examsync.monitor.presence import Presence
from examsync.monitor.roster import GONE_AFTER_MS, HEARD_ON_MS
from protocol.types import Presence as Level
from tests.unit.monitor.scene import EXAM, NOW

ALL = 1_000
Act = Callable[[Presence, int], None]
Told = list[tuple[str, Piece]]

attempts = st.sampled_from(["a1", "a2", "a3"])
ago_ms = st.integers(0, 12_000)


def connecting(attempt: str, ago: int, leased: int) -> Act:
    return lambda here, now: here.connected(attempt, EXAM, now - ago, "B", now - leased)


def beating(attempt: str, ago: int, pending: int | None, rtt_ms: int | None) -> Act:
    return lambda here, now: here.seen(attempt, now - ago, pending=pending, rtt_ms=rtt_ms)


def leaving(attempt: str) -> Act:
    return lambda here, now: here.gone(attempt)


def outdoing(attempt: str, ahead: int, reports: int) -> Act:
    return lambda here, now: here.outdone(attempt, (now + ahead, reports), now)


def refeeding(exam: str | None) -> Act:
    return lambda here, now: here.refeed(exam)


figures = st.none() | st.sampled_from([0, 1, 12, 200, 2_000])
acts = st.one_of(
    st.builds(connecting, attempts, ago_ms, st.integers(0, 3_000)),
    st.builds(beating, attempts, st.sampled_from([0, 0, 0, 9_000]), figures, figures),
    st.builds(leaving, attempts),
    st.builds(outdoing, attempts, st.sampled_from([-9_000, 0, HEARD_ON_MS]), st.integers(0, 3)),
    st.builds(refeeding, st.sampled_from([EXAM, None])),
)
pauses = st.sampled_from([0, 1, 400, 1_000, 4_999, 5_000, 10_000, 15_000, 40_000])


def of_all(here: Presence, now: int) -> Told:
    return sorted(here.sweep(here.links(), now), key=str)


def of_due(here: Presence, now: int) -> Told:
    told: Told = []
    while links := here.due(now, 2):
        told += here.sweep(links, now)
    return sorted(told, key=str)


@settings(max_examples=400)
@given(st.lists(st.tuples(pauses, st.lists(acts, max_size=4)), max_size=25))
def test_whoever_has_something_to_tell_is_looked_at_in_time(
    turns: list[tuple[int, list[Act]]],
) -> None:
    one, other, now = Presence("web-1"), Presence("web-1"), NOW
    for pause_ms, done in turns:
        now += pause_ms
        for act in done:
            act(one, now)
            act(other, now)
        assert of_due(one, now) == of_all(other, now)
        assert {link.attempt for link in one.links()} == {link.attempt for link in other.links()}
        assert sorted(one.exams()) == sorted(other.exams())


def test_who_beats_as_ever_is_looked_at_once_and_not_every_second() -> None:
    here, looks = Presence("web-1"), 0
    here.connected("a1", EXAM, NOW)
    for second in range(100):
        now = NOW + second * 1_000
        if second % 10 == 0:
            here.seen("a1", now, pending=0)
        links = here.due(now, ALL)
        looks += len(links)
        assert len(list(here.sweep(links, now))) == (second == 0)
    assert looks == 1


def in_parts(here: Presence, now: int, most: int) -> list[list[str]]:
    """Who is looked at together."""
    parts: list[list[str]] = []
    while links := here.due(now, most):
        parts.append([link.attempt for link in links])
        list(here.sweep(links, now))
    return parts


def test_so_many_at_most_are_looked_at_together_and_the_others_next() -> None:
    here = Presence("web-1")
    for number in range(7):
        here.connected(f"a{number}", EXAM, NOW)
    assert in_parts(here, NOW, 3) == [["a0", "a1", "a2"], ["a3", "a4", "a5"], ["a6"]]
    late = in_parts(here, NOW + 15_000, 4)
    assert [len(part) for part in late] == [4, 3]
    assert in_parts(here, NOW + 15_001, 4) == []


def test_whose_look_failed_and_who_came_after_him_are_looked_at_again() -> None:
    here = Presence("web-1")
    for number in range(3):
        here.connected(f"a{number}", EXAM, NOW)
    looking = here.sweep(here.due(NOW, ALL), NOW)
    assert next(looking)[1].attempt == "a0"
    del looking  # whoever took the piece has failed
    assert in_parts(here, NOW + 1_000, ALL) == [["a0", "a1", "a2"]]
    assert in_parts(here, NOW + 15_000, ALL) == [["a0", "a1", "a2"]]


def test_a_closed_connection_is_looked_at_when_it_counts_as_away_though_silence_would_wait() -> (
    None
):
    here = Presence("web-1")
    here.connected("a1", EXAM, NOW)
    list(here.sweep(here.due(NOW, ALL), NOW))
    here.gone("a1")
    assert list(here.sweep(here.due(NOW + 1_000, ALL), NOW + 1_000)) == []
    assert here.due(NOW + 999 + GONE_AFTER_MS, ALL) == []
    later = NOW + 1_000 + GONE_AFTER_MS
    ((_, piece),) = here.sweep(here.due(later, ALL), later)
    assert str(Level.AWAY).encode() in piece.body
    assert here.links() == []
    assert here.due(NOW + 100_000, ALL) == []

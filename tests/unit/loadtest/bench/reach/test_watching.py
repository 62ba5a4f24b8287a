"""What the examiner who reads takes down: how late changes were, and how a board came."""

from loadtest.bench.reach.watching import Examiner, Seen

ROW = {
    "attempt": "a1", "candidate": "ann", "name": "Ann", "rev": [1, 2], "state": "in_progress",
    "answered": 1, "total": 2,
}  # fmt: skip


def roster(part: int, parts: int, rows: int) -> dict[str, object]:
    """A part of a snapshot."""
    return {
        "exam": "x", "version": "1:1", "part": part, "parts": parts,
        "rows": [ROW] * rows, "connections": [],
    }  # fmt: skip


def test_a_change_is_late_by_the_time_since_it_was_saved() -> None:
    seen = Seen()
    changed = {**ROW, "saved_at": 1}
    seen.heard("progress", {"exam": "x", "version": "1:2", "prior": "1:1", "rows": [changed]})
    assert seen.delays.count == 1
    assert seen.delays.max_ms > 1_000_000


def test_the_parts_of_a_board_are_counted_and_not_timed() -> None:
    seen = Seen()
    seen.heard("roster", roster(1, 2, 500))
    seen.heard("roster", roster(2, 2, 7))
    assert (seen.chunks, seen.delays.count) == ([500, 7], 0)


def test_a_board_is_whole_with_its_last_part() -> None:
    examiner = Examiner("x", "token", None)
    part = '42/monitor,["roster",{{"exam":"x","version":"1:1","part":{},"parts":2}}]'
    whole = []
    for number in (1, 2):
        examiner.text(part.format(number))
        whole.append(examiner.whole)
    assert whole == [False, True]
    assert not examiner.fault


def test_a_refusal_is_a_fault() -> None:
    examiner = Examiner("x", "token", None)
    examiner.text('43/monitor,1[{"ok":false}]')
    assert "false" in examiner.fault

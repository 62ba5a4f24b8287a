"""The terminal's board: what is urgent is on top, what is old says so, what is said is text."""

import io

import pytest
from msgspec import structs
from rich.console import Console, RenderableType

from examsync.cli.board import STALE_AFTER_MS, ago, duration, left, screen
from examsync.monitor.delta import Board, take
from protocol.from_server import Hand, Hands, Roster, Signal, Stats, Violations
from protocol.types import AttemptState, Presence
from tests.unit.monitor.scene import EXAM, NOW, connection, row


def drawn(what: RenderableType, width: int = 140) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def board() -> Board:
    found = Board(EXAM)
    rows = [
        row("ann", n=4, deadline=NOW + 3_723_000, saved_at=NOW - 65_000),
        row("bob", n=2, hand=True),
        row("kim", state=AttemptState.SUBMITTED),
    ]
    connections = [connection("ann", rtt_ms=80), connection("bob", level=Presence.LATE)]
    take(found, Roster(EXAM, "g.1", rows=rows, connections=connections))
    return found


def shown(of: Board, *, silent_ms: int = 0, rows_max: int = 20) -> str:
    return drawn(screen(of, "Physics", now=NOW, silent_ms=silent_ms, rows_max=rows_max))


def test_the_greatest_trouble_is_on_top_with_its_reason() -> None:
    lines = shown(board()).splitlines()
    order = [line.split()[1] for line in lines if line.startswith("Asha")]
    assert order == ["bob", "ann", "kim"]
    (bob,) = [line for line in lines if "bob" in line]
    assert "hand raised, late" in bob


def test_a_row_says_how_far_how_fresh_and_how_long() -> None:
    (ann,) = [line for line in shown(board()).splitlines() if "Asha ann" in line]
    for part in ("in progress", "4/9", "1:05", "1:02:03", "live 80 ms"):
        assert part in ann


def test_what_was_heard_of_late_is_live_and_what_was_not_is_stale() -> None:
    assert "LIVE" in shown(board(), silent_ms=STALE_AFTER_MS - 1)
    assert "STALE 8 s" in shown(board(), silent_ms=STALE_AFTER_MS)
    assert "WAITING" in shown(Board(EXAM))


def test_figures_are_those_of_the_server() -> None:
    found = board()
    take(found, Stats(EXAM, NOW, {"in_progress": 2, "submitted": 1}, {"live": 1}, 7, 90))
    text = shown(found)
    assert "2 in progress · 1 submitted · 1 live · 7 facts not durable, 90 ms behind" in text


def test_rows_without_room_are_counted() -> None:
    text = shown(board(), rows_max=1)
    assert "Asha bob" in text
    assert "Asha ann" not in text
    assert "and 2 more" in text


def test_what_happened_last_is_told_with_names() -> None:
    found = board()
    signal = Signal("ann", "v1", "paste", NOW, NOW, "12 words")
    take(found, Violations(EXAM, "g.2", "g.1", [signal]))
    take(found, Hands(EXAM, "g.3", "g.2", [Hand("x9", True, NOW, "image?")]))
    text = shown(found)
    assert "Asha ann: signal paste 12 words" in text
    assert "x9: hand raised image?" in text


@pytest.mark.parametrize("name", ["[bold red]Eve[/]", "Eve\x1b[2J", "Eve\r\nAdam", "Eve\u202eadam"])
def test_a_name_is_text_and_moves_nothing(name: str) -> None:
    found = Board(EXAM)
    take(found, Roster(EXAM, "g.1", rows=[structs.replace(row("eve"), name=name)]))
    text = shown(found)
    assert "\x1b" not in text
    assert "\u202e" not in text
    (line,) = [line for line in text.splitlines() if "Eve" in line]
    assert name.replace("\x1b", "·").replace("\r\n", "··").replace("\u202e", "·") in line


def test_time_that_is_left_stands_still_while_the_clock_does() -> None:
    paused = row(deadline=NOW + 60_000, paused_since=NOW + 20_000)
    assert left(paused, NOW + 50_000) == "0:40"
    assert left(row(deadline=NOW + 60_000), NOW + 50_000) == "0:10"
    assert left(row(deadline=NOW - 1), NOW) == "0:00"
    assert left(row(), NOW) == ""


def test_durations_read_like_a_clock() -> None:
    assert [duration(s * 1_000) for s in (0, 59, 60, 3_599, 3_600)] == [
        "0:00", "0:59", "1:00", "59:59", "1:00:00",
    ]  # fmt: skip
    assert ago(None, NOW) == ""
    assert ago(NOW + 5_000, NOW) == "0:00"

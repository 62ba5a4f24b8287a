"""A slow line is waited for, a dead one is cut."""

from examsync.monitor.history import Said
from examsync.monitor.watcher import STUCK_MS, WAITING_BYTES_MAX, Watcher
from tests.unit.monitor.scene import EXAM, NOW

FULL = WAITING_BYTES_MAX + 1


class Line:
    """A sink whose queue the test fills."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.waiting = 0

    def send(self, event: str, body: bytes) -> None:
        self.got.append((event, body))

    def waiting_bytes(self) -> int:
        return self.waiting

    def cut(self) -> None:
        raise AssertionError("a watcher decides, its follower cuts")


def watcher() -> tuple[Watcher, Line]:
    line = Line()
    return Watcher(EXAM, line, frozenset()), line


def test_a_free_line_takes_more() -> None:
    one, _ = watcher()
    assert one.ready(NOW)
    assert not one.cut


def test_a_full_line_takes_nothing_until_it_has_drained() -> None:
    one, line = watcher()
    line.waiting = FULL
    assert not one.ready(NOW)
    line.waiting = WAITING_BYTES_MAX
    assert one.ready(NOW + 1)


def test_a_line_that_takes_nothing_for_long_is_cut() -> None:
    one, line = watcher()
    line.waiting = FULL
    assert not one.ready(NOW)
    one.ready(NOW + STUCK_MS - 1)
    assert not one.cut
    one.ready(NOW + STUCK_MS)
    assert one.cut


def test_a_line_that_takes_a_little_is_not_cut() -> None:
    one, line = watcher()
    for second in range(60):
        line.waiting = 2 * FULL - second
        one.ready(NOW + second * 1_000)
    assert not one.cut


def test_a_snapshot_is_sent_part_by_part_and_then_what_came_after() -> None:
    one, line = watcher()
    one.restart("g", 7, [b"1", b"2"])
    assert one.version == "g.7"
    assert one.behind("g", 7)
    one.send_part()
    one.send_part()
    assert line.got == [("roster", b"1"), ("roster", b"2")]
    assert not one.behind("g", 7)
    one.send(Said("progress", 9, b"3"))
    assert one.version == "g.9"


def test_who_resumes_gets_no_more_of_an_old_snapshot() -> None:
    one, _ = watcher()
    one.restart("g", 7, [b"1"])
    one.resume("h", 3)
    assert not one.snapshot
    assert one.behind("g", 3)
    assert one.behind("h", 4)
    assert not one.behind("h", 3)

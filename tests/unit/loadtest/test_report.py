"""A report puts together what all processes on all devices of a candidate have noted."""

from pathlib import Path

from loadtest.client.entry import Entry
from loadtest.client.ledger import Ledger
from loadtest.report import Report, Seated, Watched, add_up, read, tell, write
from protocol.from_server import AnswerAck


def ledger(*acks: tuple[str, str, int, str]) -> Ledger:
    made = Ledger()
    for item, lease, seq, value in acks:
        entry = Entry(seq, "answer", {"item": item, "response": value}, lease, seq)
        made.answer(entry, AnswerAck(seq, (1, seq), 0, "r"))
    return made


def test_the_newest_over_all_devices_is_the_latest() -> None:
    first = ledger(("q1", "L1", 1, "a"), ("q2", "L1", 2, "b"))
    second = ledger(("q1", "L2", 1, "c"))
    seated = Seated("asha")
    tell(seated, [first, second])
    assert {item: a.response for item, a in seated.latest.items()} == {"q1": "c", "q2": "b"}
    assert seated.acked == 3


def test_what_a_reloaded_client_had_acked_again_is_counted_once() -> None:
    seated = Seated("asha")
    before, after = ledger(("q1", "L1", 1, "a")), ledger(("q1", "L1", 1, "a"))
    before.command("start", "s", (1, 1), "r", 5)
    after.command("start", "s", (1, 1), "r", 5)
    tell(seated, [before, after])
    assert (seated.acked, len(seated.commands)) == (1, 1)


def test_totals_are_the_sums_of_the_people() -> None:
    signals = Ledger()
    signals.command("violation", "v1", (1, 2), "r")
    people = [Seated("a", acked=3, resumed=1, troubles={"paused": 2}), Seated("b", acked=4)]
    tell(people[1], [signals, ledger(("q1", "L", 1, "x"))])
    report = Report("e", 1, 0, people=people, monitor=Watched(deltas=9))
    add_up(report)
    assert (report.acked, report.resumed, report.violations) == (4, 1, 1)
    assert (report.monitor_deltas, report.troubles) == (9, {"paused": 2})


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    seated = Seated("अदिति")
    tell(seated, [ledger(("q1", "L1", 1, "पौधे"))])
    report = Report("e", 1, 0, people=[seated])
    write(report, tmp_path / "r.json")
    assert read(tmp_path / "r.json") == report
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]

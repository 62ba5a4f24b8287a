"""The drill's table says what ran, what broke and what did not run."""

from loadtest.faults.table import HEAD, last_word, line, row_line, table
from loadtest.faults.verdict import Told

GOOD = Told("redis killed", 1, acked=120, recovery_s=1.25, durable_s=2.5, seconds=18.4)
BAD = Told("flood", 1, acked=7, lost=2, broken=["acked and lost: c-1 q1, c-1 q2"])
MISSING = Told("rolling restart", 1, skipped="haproxy is not installed")


def test_columns_stand_below_their_names() -> None:
    head, row = line(HEAD), row_line(GOOD)
    assert head.index("acked") + len("acked") == row.index("120") + len("120")
    assert row.split() == ["redis", "killed", "120", "0", "0", "0", "1.2", "2.5", "18"]


def test_a_broken_row_says_what_it_broke() -> None:
    first, second = row_line(BAD).splitlines()
    assert first.endswith("BROKEN")
    assert second.strip() == "acked and lost: c-1 q1, c-1 q2"


def test_what_did_not_run_is_said_aloud() -> None:
    assert row_line(MISSING).split(maxsplit=2)[2] == "SKIPPED: haproxy is not installed"
    assert "NOT RUN: rolling restart." in last_word([GOOD, MISSING])


def test_the_last_word_adds_up() -> None:
    assert last_word([GOOD]) == "1 rows, 120 answers acked, 0 lost. Every invariant held."
    assert last_word([GOOD, BAD, BAD]).endswith("4 lost. BROKEN: flood.")
    assert table([GOOD, BAD]).splitlines()[0] == line(HEAD)

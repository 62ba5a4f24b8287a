"""The line of progress says how it goes just now."""

from loadtest.swarm.progress import said
from loadtest.swarm.rows import Measure, Rows


def test_the_line_has_users_answers_their_rate_and_failures() -> None:
    before, now = Rows(), Rows()
    before.add(Measure("WSC", "answer", 5.0))
    for _ in range(3):
        now.add(Measure("WSC", "answer", 5.0))
    now.add(Measure("WSC", "submit", 5.0))
    now.add(Measure("WSC", "join", error="unavailable"))
    assert said(12.4, 300, now, before) == (
        "  12 s | 300 users | 3 answers acked | 2/s | p99 5 ms | 1 handed in | 1 failures"
    )


def test_before_the_first_answer_there_is_no_percentile() -> None:
    assert "0/s | p99 - |" in said(0.0, 0, Rows(), Rows())

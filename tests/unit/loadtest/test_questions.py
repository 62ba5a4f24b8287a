"""The load test's bank is one that the server imports without a word, the same bytes each time."""

from examsync.bank.formats import FORMATS
from loadtest.questions import LONG, MULTIPLE, NUMERICAL, SHORT, SINGLE, TRUE_FALSE, questions


def test_every_question_is_taken_as_it_is() -> None:
    parsed = FORMATS["csv"](questions())
    assert parsed.problems == []
    assert len(parsed.rows) == SINGLE + MULTIPLE + TRUE_FALSE + NUMERICAL + SHORT + LONG
    assert len({type(row.entry.question) for row in parsed.rows}) == 6


def test_it_is_the_same_each_time_so_that_a_server_keeps_one_of_it() -> None:
    assert questions() == questions()

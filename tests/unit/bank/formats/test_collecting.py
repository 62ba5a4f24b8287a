"""What a reader gathers: repeats and limits."""

from examsync.bank.entry import Entry
from examsync.bank.formats.collecting import Collected, too_large
from examsync.bank.formats.parsed import FILE_BYTES_MAX, ROWS_MAX
from examsync.bank.question import TrueFalse
from examsync.bank.report import Severity


def entry(name: str, *, answer: bool = True) -> Entry:
    return Entry(TrueFalse(external_id=name, stem="Sure?", answer=answer))


def test_a_repeat_is_left_out_and_a_contradiction_is_an_error() -> None:
    collected = Collected([])
    collected.take(1, entry("x"), named=True)
    collected.take(2, entry("x"), named=True)
    collected.take(3, entry("x", answer=False), named=True, column="Ref")
    collected.take(4, entry("h"), named=False)
    collected.take(5, entry("h", answer=False), named=False)
    parsed = collected.parsed()
    assert [row.line for row in parsed.rows] == [1, 4]
    assert [(p.line, p.column, p.code, p.severity) for p in parsed.problems] == [
        (2, "", "row_repeated", Severity.WARNING),
        (3, "Ref", "external_id_repeated", Severity.ERROR),
        (5, "", "question_repeated", Severity.ERROR),
        (0, "external_id", "external_id_made", Severity.INFO),
    ]


def test_there_is_a_limit_to_questions_and_to_bytes() -> None:
    collected = Collected([])
    assert all(collected.count(line) for line in range(ROWS_MAX))
    assert not collected.count(ROWS_MAX)
    (problem,) = collected.parsed().problems
    assert (problem.line, problem.code) == (ROWS_MAX, "rows_too_many")
    assert too_large(bytes(FILE_BYTES_MAX)) is None
    refused = too_large(bytes(FILE_BYTES_MAX + 1))
    assert refused is not None
    assert refused.problems[0].code == "file_too_large"

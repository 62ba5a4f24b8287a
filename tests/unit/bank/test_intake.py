"""What an import would do, before it does anything."""

import msgspec

from examsync.bank.entry import Entry, digest
from examsync.bank.formats.parsed import Parsed, Row
from examsync.bank.intake import Held, changes, may_commit, report
from examsync.bank.report import PROBLEMS_MAX, RowProblem, Severity, Takes
from tests import papers

ROWS = [Row(n, Entry(question)) for n, question in enumerate(papers.every_kind(), start=2)]
FINE = Parsed(ROWS, [], 6)
ERROR = RowProblem(9, "answer", "answer_unknown", "…")
WARNING = RowProblem(3, "", "row_repeated", "…", Severity.WARNING)


def test_everything_is_new_to_an_empty_bank() -> None:
    made = changes(FINE, {})
    assert [change.version for change in made] == [1] * 6
    assert [change.entry for change in made] == [row.entry for row in ROWS]


def test_what_the_bank_has_is_left_out_and_what_changed_is_the_next_version() -> None:
    held = {row.entry.question.external_id: Held(3, digest(row.entry)) for row in ROWS}
    assert changes(FINE, held) == []
    altered = msgspec.structs.replace(ROWS[0].entry, marks="5")
    (change,) = changes(Parsed([Row(2, altered), *ROWS[1:]], [], 6), held)
    assert (change.version, change.entry) == (4, altered)


def test_only_a_file_without_errors_is_taken_unless_bad_rows_may_be_left_out() -> None:
    assert may_commit(FINE, skip_bad=False)
    assert may_commit(Parsed(ROWS, [WARNING], 7), skip_bad=False)
    assert not may_commit(Parsed(ROWS, [ERROR], 7), skip_bad=False)
    assert may_commit(Parsed(ROWS, [ERROR], 7), skip_bad=True)


def test_a_file_not_read_to_its_end_is_never_taken() -> None:
    for problem in [
        RowProblem(5, "", "quote_unclosed", "…"),
        RowProblem(20_002, "", "rows_too_many", "…"),
        RowProblem(0, "", "encoding_unknown", "…"),
    ]:
        assert not may_commit(Parsed(ROWS, [problem], 6), skip_bad=True)
    assert not may_commit(Parsed([], [], 0), skip_bad=True)


def test_a_report_counts_new_changed_same_and_left_out() -> None:
    held = {
        ROWS[0].entry.question.external_id: Held(1, digest(ROWS[0].entry)),
        ROWS[1].entry.question.external_id: Held(1, b"another"),
    }
    parsed = Parsed(ROWS, [WARNING, ERROR], 9)
    told = report(parsed, changes(parsed, held), committed=False)
    assert (told.rows, told.accepted, told.updated, told.unchanged, told.skipped) == (9, 4, 1, 1, 3)
    assert told.problems == [ERROR, WARNING]
    assert told.errors == [ERROR]
    assert told.problems_omitted == 0


def test_a_report_keeps_errors_when_there_is_too_much_to_tell() -> None:
    problems = [WARNING] * PROBLEMS_MAX + [ERROR]
    told = report(Parsed(ROWS, problems, 6), [], committed=False)
    assert len(told.problems) == PROBLEMS_MAX
    assert told.problems[0] == ERROR
    assert told.problems_omitted == 1


def test_a_report_does_not_repeat_a_cell_as_long_as_its_file() -> None:
    long = RowProblem(3, "heading" * 1_000, "x", f"{'cell' * 100_000} is none; write 3.14")
    (told,) = report(Parsed([], [long], 1), [], committed=False).problems
    assert len(told.message) < 500
    assert told.message.endswith("write 3.14")
    assert (told.line, len(told.column)) == (3, 128)


def test_a_report_says_how_the_file_can_be_taken_and_counts_all_it_found() -> None:
    broken = RowProblem(9, "", "quote_unclosed", "…")
    for parsed, how, errors, warnings in [
        (FINE, Takes.ALL, 0, 0),
        (Parsed(ROWS, [WARNING], 7), Takes.ALL, 0, 1),
        (Parsed(ROWS, [ERROR] * (PROBLEMS_MAX + 1), 9_999), Takes.SKIP_BAD, PROBLEMS_MAX + 1, 0),
        (Parsed(ROWS, [broken, WARNING], 7), Takes.NONE, 1, 1),
        (Parsed([], [ERROR], 1), Takes.NONE, 1, 0),
        (Parsed([], [], 1), Takes.NONE, 0, 0),
    ]:
        told = report(parsed, [], committed=False)
        assert (told.takes, told.errors_found, told.warnings_found) == (how, errors, warnings)

"""What an import would do to a bank, against what it holds (pure). Called by `bank.service`."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from examsync.bank.entry import Entry, digest
from examsync.bank.formats.parsed import Parsed
from examsync.bank.report import (
    PROBLEMS_MAX,
    Report,
    RowProblem,
    Severity,
    Takes,
    count,
    in_order,
)

MESSAGE_CHARS_MAX = 400
COLUMN_CHARS_MAX = 128


class Held(Struct, frozen=True):
    """The newest version of a question in the bank."""

    version: int
    digest: bytes


class Change(Struct, frozen=True):
    """A version to store; the first is a new question."""

    version: int
    digest: bytes
    entry: Entry


def changes(parsed: Parsed, held: Mapping[str, Held]) -> list[Change]:
    """The versions to store, in the order of the file; what the bank has already is left out."""
    found = []
    for row in parsed.rows:
        before = held.get(row.entry.question.external_id)
        meaning = digest(row.entry)
        if before is None or before.digest != meaning:
            version = 1 if before is None else before.version + 1
            found.append(Change(version, meaning, row.entry))
    return found


def takes(parsed: Parsed) -> Takes:
    """How this file can be taken: a file that could not be read to its end, or at all, never is.
    What is missing is not known, so it cannot be skipped knowingly."""
    errors = [problem for problem in parsed.problems if problem.severity is Severity.ERROR]
    if not parsed.rows or any(each.code in _UNREAD or each.line == 0 for each in errors):
        return Takes.NONE
    return Takes.SKIP_BAD if errors else Takes.ALL


def may_commit(parsed: Parsed, *, skip_bad: bool) -> bool:
    """A file with an error is taken only if its bad rows are to be left out."""
    return takes(parsed) in ((Takes.ALL, Takes.SKIP_BAD) if skip_bad else (Takes.ALL,))


_UNREAD = frozenset(
    {
        *("quote_unclosed", "file_broken_off", "rows_too_many"),
        *("column_missing", "column_twice", "columns_too_many"),
    }
)


def report(parsed: Parsed, changed: list[Change], *, committed: bool) -> Report:
    """The outcome in numbers and words."""
    problems = in_order(parsed.problems)
    return Report(
        committed=committed,
        takes=takes(parsed),
        rows=parsed.rows_read,
        accepted=sum(change.version == 1 for change in changed),
        updated=sum(change.version > 1 for change in changed),
        unchanged=len(parsed.rows) - len(changed),
        skipped=parsed.rows_read - len(parsed.rows),
        errors_found=count(problems, Severity.ERROR),
        warnings_found=count(problems, Severity.WARNING),
        problems=[_short(problem) for problem in problems[:PROBLEMS_MAX]],
        problems_omitted=max(0, len(problems) - PROBLEMS_MAX),
    )


def _short(problem: RowProblem) -> RowProblem:
    """Messages quote cells, and a cell may be as long as the file."""
    if len(problem.message) <= MESSAGE_CHARS_MAX and len(problem.column) <= COLUMN_CHARS_MAX:
        return problem
    half = MESSAGE_CHARS_MAX // 2
    message = problem.message
    if len(message) > MESSAGE_CHARS_MAX:  # what to do about it stands at the end
        message = f"{message[:half]} ... {message[-half:]}"
    column = problem.column[:COLUMN_CHARS_MAX]
    return msgspec.structs.replace(problem, message=message, column=column)

"""What the reader of one file gathers: rows and problems, repeats found, limits kept."""

from examsync.bank.entry import Entry, meaning_of
from examsync.bank.formats.parsed import FILE_BYTES_MAX, ROWS_MAX, Parsed, Row
from examsync.bank.report import RowProblem, Severity


def too_large(data: bytes) -> Parsed | None:
    """The refusal of a file with too many bytes, or None if it may be read."""
    if len(data) <= FILE_BYTES_MAX:
        return None
    message = f"more than {FILE_BYTES_MAX} bytes; split the file"
    return Parsed([], [RowProblem(0, "", "file_too_large", message)], 0)


class Collected:
    """The questions of one file so far; `problems` may be added to."""

    def __init__(self, problems: list[RowProblem]) -> None:
        self.problems = problems
        self.rows: list[Row] = []
        self.rows_read = 0
        self._unnamed = 0
        self._lines: dict[str, tuple[int, bytes]] = {}

    def count(self, line: int) -> bool:
        """Count a question that begins there; False, which is told, if there are too many."""
        if self.rows_read == ROWS_MAX:
            message = f"more than {ROWS_MAX} questions; split the file here"
            self.problems.append(RowProblem(line, "", "rows_too_many", message))
            return False
        self.rows_read += 1
        return True

    def take(self, line: int, entry: Entry, *, named: bool, column: str = "") -> None:
        """Keep a question. One that says the same again is left out; else a repeat is an error.

        `named`: its author gave the external_id; `column` is where.
        """
        self._unnamed += not named
        name, meaning = entry.question.external_id, meaning_of(entry)
        first, before = self._lines.setdefault(name, (line, meaning))
        if first == line:
            self.rows.append(Row(line, entry))
            return
        code, severity = "external_id_repeated", Severity.ERROR
        message = f"line {first} has the same external_id; give each question its own"
        if before == meaning:
            code, severity = "row_repeated", Severity.WARNING
            message = f"this row says the same as line {first}; it is left out"
        elif not named:
            code = "question_repeated"
            message = (
                f"line {first} asks the same, with another key or other marks; keep one,"
                " or give each an external_id"
            )
        self.problems.append(RowProblem(line, column, code, message, severity))

    def parsed(self) -> Parsed:
        """The outcome."""
        if self._unnamed:
            message = (
                f"questions without an external_id: {self._unnamed}; they are known by their"
                " wording, so with another wording they count as new"
            )
            problem = RowProblem(0, "external_id", "external_id_made", message, Severity.INFO)
            self.problems.append(problem)
        return Parsed(self.rows, self.problems, self.rows_read)

"""Text to records with the right line numbers, whatever separates the cells; unclosed quotes."""

import csv
import io
from collections.abc import Iterator

from msgspec import Struct

from examsync.bank.report import RowProblem

DELIMITERS = (",", ";", "\t", "|")


class Record(Struct, frozen=True):
    """The cells of one record and the line of the file on which it begins."""

    line: int
    cells: list[str]


def records(text: str, delimiter: str) -> Iterator[Record | RowProblem]:
    """Every record that is not blank; ends with a problem where the file cannot be read on.

    Lines are counted as editors count them: also those inside quoted cells.
    """
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=delimiter)
    begun = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(begun + 1, str(error))
            return
        if _is_open(lines[begun : reader.line_num], delimiter):
            yield _broken(begun + 1, "a quote is opened and never closed")
            return
        if any(cell.strip() for cell in cells):
            yield Record(begun + 1, cells)
        begun = reader.line_num


def _is_open(lines: list[str], delimiter: str) -> bool:
    """Only the strict reader tells that the file ended inside a quoted cell."""
    if len(lines) < 2 and '"' not in lines[0]:
        return False
    if sum(line.count('"') for line in lines) % 2 == 0:
        return False
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _broken(line: int, why: str) -> RowProblem:
    message = f"{why}; the rest of the file was not read. Look for a stray quotation mark"
    return RowProblem(line, "", "quote_unclosed", message)

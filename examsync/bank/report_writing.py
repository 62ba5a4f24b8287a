"""The report of an import as CSV, to go through it in a spreadsheet beside the file (pure)."""

import csv
import io

from examsync.bank.formats.formula import guarded
from examsync.bank.report import Report

COLUMNS = ("line", "column", "severity", "code", "message")


def write(report: Report) -> bytes:
    """A line per problem, the errors first; for Excel (UTF-8 with its mark), cells `guarded`,
    because messages repeat what stands in the file."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for each in report.problems:
        place = (str(each.line) if each.line else "", each.column)
        cells = (*place, each.severity.value, each.code, each.message)
        writer.writerow(guarded(cell) for cell in cells)
    if report.problems_omitted:
        more = f"{report.problems_omitted} more problems are not listed"
        writer.writerow(("", "", "info", "problems_omitted", more))
    return b"\xef\xbb\xbf" + file.getvalue().encode()

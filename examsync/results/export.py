"""Results as CSV for spreadsheets, with nothing in it that a spreadsheet would execute (pure)."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from examsync.bank import marks
from protocol.http_results import Outcome, ResultRow

_FORMULA_STARTS = frozenset("=+-@\t\r\n\x00|%")


def to_csv(rows: Iterable[ResultRow], titles: Mapping[str, str]) -> bytes:
    """A line per attempt, for Excel (UTF-8 with its mark); `titles` names the sections by id.

    Every cell is in quotes; texts that others wrote are made harmless by `harmless`. Marks are
    rounded to four places, times are UTC in ISO 8601.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(_heading(titles))
    for row in rows:
        writer.writerow(_cells(row, titles))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _heading(titles: Mapping[str, str]) -> list[str]:
    return [
        *("candidate", "name", "hall", "group", "state", "grading", "started_at", "closed_at"),
        *("total", "maximum"),
        *(outcome.value for outcome in Outcome),
        *(harmless(f"section: {title}") for title in titles.values()),
        *("waiting", "attempt", "close", "revision"),
    ]


def _cells(row: ResultRow, titles: Mapping[str, str]) -> list[str]:
    whole = row.whole
    counts = whole.counts if whole else {}
    parts = (row.sections.get(section) for section in titles)
    return [
        *(harmless(text) for text in (row.candidate, row.name, row.hall, row.group)),
        *(row.state.value, row.grading.value, _time(row.started_at), _time(row.closed_at)),
        *((_marks(whole.total), _marks(whole.maximum)) if whole else ("", "")),
        *(str(counts.get(outcome.value, "")) for outcome in Outcome),
        *(_marks(part.total) if part else "" for part in parts),
        *(" ".join(row.waiting), row.attempt, str(row.close), str(row.revision)),
    ]


def harmless(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet might take it for a formula.

    Source: OWASP, "CSV Injection" (and ASVS 5.0, 1.2.10): cells that begin with = + - @, tab or
    carriage return; here also after white space and invisible characters, and in full width.
    """
    for char in unicodedata.normalize("NFKC", text):
        if char in _FORMULA_STARTS:
            return f"'{text}"
        if not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc"):
            return text
    return text


def _marks(exact: str) -> str:
    return marks.rounded(marks.read(exact), 4)


def _time(at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")

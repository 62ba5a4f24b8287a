"""What a file may be that is not of the format it was said to be, in words that help."""

import re

from examsync.bank.report import RowProblem, Severity

START_CHARS = 4_000
_LOOKS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "",
        re.compile(r"\s*<(!doctype html|html)\b", re.IGNORECASE),
        "a web page, perhaps of a sign-in; download the file itself",
    ),
    ("", re.compile(r"\s*<\?xml|\s*<quiz>"), "XML, which is not read; export it as GIFT"),
    ("", re.compile(r"\s*[\[{]\s*[\"{\[\]]"), "JSON, which is not read; save it as CSV"),
    ("opentrivia", re.compile(r"^#Q\s", re.MULTILINE), "OpenTriviaQA; name the format opentrivia"),
    (
        "aiken",
        re.compile(r"^ANSWER: ?[A-Z]\s*$", re.MULTILINE),
        "Aiken; name the format aiken",
    ),
    (
        "gift",
        re.compile(r"^\s*(::|\$CATEGORY:)|\{[^{}]{0,2000}[=~#TF][^{}]{0,2000}\}", re.MULTILINE),
        "GIFT; name the format gift",
    ),
    (
        "csv",
        re.compile(r"[^\n]*\b(question|answer)s?\b[^\n]*[,;\t|]", re.IGNORECASE),
        "CSV; name the format csv",
    ),
)
"""The format that it would be, how its start looks, and how that is said; the first that fits."""


def resembling(text: str, format: str) -> list[RowProblem]:
    """A finding that says what this looks like rather than `format`, if it looks like anything."""
    start = text[:START_CHARS]
    for name, looks, said in _LOOKS:
        if looks.search(start) if looks.flags & re.MULTILINE else looks.match(start):
            if name == format:
                return []
            return [RowProblem(0, "", "format_other", f"this looks like {said}", Severity.INFO)]
    return []

"""The load test's own questions (pure): as many kinds as exams have, in such numbers as they do."""

import csv
import io

OPTIONS = ["option_a", "option_b", "option_c", "option_d"]
COLUMNS = ["type", "question", *OPTIONS, "answer", "section", "external_id"]
SINGLE, MULTIPLE, TRUE_FALSE, NUMERICAL, SHORT, LONG = 24, 6, 4, 3, 2, 1
"""How many of each kind: a paper of 40, mostly of one answer out of four."""


def questions() -> bytes:
    """A bank as CSV, the same bytes each time."""
    made: list[list[str]] = []

    def add(kind: str, times: int, options: list[str], answer: str) -> None:
        for number in range(1, times + 1):
            text = f"Load test, {kind.replace('_', ' ')} {number} of {times}: which fits?"
            section = "Choices" if options else "Written"
            made.append([kind, text, *(options or [""] * 4), answer, section, f"{kind}-{number}"])

    four = ["the first", "the second", "the third", "the fourth"]
    add("single_choice", SINGLE, four, "B")
    add("multiple_choice", MULTIPLE, four, "A;C")
    add("true_false", TRUE_FALSE, [], "true")
    add("numerical", NUMERICAL, [], "98.6±0.1")
    add("short_text", SHORT, [], "the second")
    add("long_text", LONG, [], "Anything of ten sentences.")
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *made])
    return text.getvalue().encode()

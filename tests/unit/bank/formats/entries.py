"""Questions of every kind as banks can hold them, of texts that are hard on files."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from examsync.bank import marks
from examsync.bank.entry import Entry
from examsync.bank.faults import faults
from examsync.bank.formats.answers import numbers
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import (
    LongText,
    MultipleChoice,
    Numerical,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
    choices,
)
from examsync.bank.report import Severity

HARD = [
    *("=", "~", "#", "####", "{", "}", ":", "::", "\\", "\\n", "\\;", "//", "->", "*", "%", "%50%"),
    *(
        "[html]",
        "[plain]",
        "[id:x]",
        "[",
        "]",
        "$CATEGORY: x",
        "$course$/top/",
        "_____",
        "<b>",
        "&",
    ),
    *("'", "''", '"', "=1+1", "+", "-", "@", "|", ";", ",", "\t", "\n", "\n\n", "  ", "\u200b"),
    *("A", "b", "C", "1", "2", "(A)", "A;B", "True", "no", "all of the above", "\ufeff", "ß", "＝"),
]
# U+FFFD stands where a character was lost: no bank holds one, every import refuses it.
PIECES = st.sampled_from(HARD) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\ufffd"), max_size=4
)
MAYBE_EMPTY = st.lists(PIECES, max_size=6).map("".join).map(str.strip)
TEXTS = MAYBE_EMPTY.filter(bool)
LABELS = TEXTS.filter(lambda text: len(text) < 100)
NUMBERS = st.sampled_from(
    [
        "0",
        "-5",
        "+5",
        "3.14",
        ".5",
        "5.",
        "1e5",
        "1,234.5",
        "12,34,567",
        "−3",
        "१२",
        "1 000",
        "2.50",
    ]
)
CELLS = st.one_of(
    NUMBERS,
    st.tuples(NUMBERS, st.sampled_from(["±0.1", "±1%", "±0.0", ":2", "±0.5±3%", "±0%"])).map(
        "".join
    ),
    st.tuples(NUMBERS, st.sampled_from(["..", " .. ", " to "]), NUMBERS).map("".join),
)
MARKS = st.none() | st.sampled_from(["1", "4", "0.25", "2/3", "1/128", "1/640000", "0"]).map(
    lambda text: marks.exact(marks.parse(text))
)


@st.composite
def single_choices(draw: st.DrawFn) -> Question:
    options = choices(draw(st.lists(TEXTS, min_size=2, max_size=6)))
    right = draw(st.sampled_from(options)).id
    return SingleChoice(
        external_id="-", stem="-", options=options, answer=right, shuffle=draw(st.booleans())
    )


@st.composite
def multiple_choices(draw: st.DrawFn) -> Question:
    options = choices(draw(st.lists(TEXTS, min_size=2, max_size=12)))
    right = draw(st.sets(st.sampled_from([option.id for option in options]), min_size=1))
    ids = tuple(option.id for option in options if option.id in right)
    return MultipleChoice(
        external_id="-", stem="-", options=options, answers=ids, shuffle=draw(st.booleans())
    )


def numerical(cells: list[str]) -> Question | None:
    """The question of these answers, or None if one is no number."""
    try:
        answers = [answer for cell in cells for answer in numbers(cell)]
    except CellUnclear:
        return None
    return Numerical(external_id="-", stem="-", answers=tuple(answers))


QUESTIONS: st.SearchStrategy[Question] = st.one_of(
    single_choices(),
    multiple_choices(),
    st.booleans().map(lambda answer: TrueFalse(external_id="-", stem="-", answer=answer)),
    st.lists(CELLS, min_size=1, max_size=3).map(numerical).filter(bool),
    st.builds(
        ShortText,
        external_id=st.just("-"),
        stem=st.just("-"),
        answers=st.lists(TEXTS, min_size=1, max_size=4).map(tuple),
        case_sensitive=st.booleans(),
    ),
    MAYBE_EMPTY.map(lambda text: LongText(external_id="-", stem="-", guidance=text)),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry that an import would take."""
    about: dict[str, Any] = {
        "external_id": draw(LABELS),
        "stem": draw(TEXTS),
        "topic": draw(st.just("") | LABELS),
        "difficulty": draw(st.just("") | LABELS.map(str.casefold)),
        "explanation": draw(MAYBE_EMPTY),
        "language": draw(st.sampled_from(["", "hi", "pt-BR"])),
        "image": draw(st.sampled_from([None, "img/cell.png", "https://example.org/a%20b.png?x=1"])),
        "tags": tuple(draw(st.lists(LABELS, max_size=3))),
    }
    question: Question = msgspec.structs.replace(draw(QUESTIONS), **about)
    section = draw(st.just("") | LABELS)
    return Entry(question, section, draw(MARKS), draw(MARKS))


def _is_taken(entry: Entry) -> bool:
    difficulty = entry.question.difficulty
    return difficulty.casefold().strip() == difficulty and not any(
        fault.severity is Severity.ERROR for fault in faults(entry.question)
    )


BANKS = st.lists(
    entries().filter(_is_taken), max_size=4, unique_by=lambda entry: entry.question.external_id
)

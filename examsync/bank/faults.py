"""What is wrong with a question, all of it at once, in words its author can act on (pure)."""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from msgspec import Struct

from examsync.bank import number
from examsync.bank.folding import fold
from examsync.bank.question import (
    Between,
    Closed,
    LongText,
    MultipleChoice,
    Near,
    Numerical,
    Question,
    ShortText,
    options_of,
    right_options,
)
from examsync.bank.report import Severity

STEM_CHARS_MAX = 10_000
OPTION_CHARS_MAX = 2_000
EXPLANATION_CHARS_MAX = 10_000
LABEL_CHARS_MAX = 128
IMAGE_CHARS_MAX = 1_000
OPTIONS_MIN = 2
OPTIONS_MAX = 26
"""One for each letter."""
ANSWERS_MAX = 50
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_IMAGE = re.compile(r"https://[^\s\"'<>\\]+|(?!/|[A-Za-z][A-Za-z0-9+.-]*:)[^\s\"'<>\\]+")
_ABOUT_OTHERS = re.compile(
    r"\b(all|none|both|any|neither) of (the )?(above|these|others?)\b|\bboth \(?[a-e]\)? and\b",
    re.IGNORECASE,
)


class Fault(Struct, frozen=True):
    """One finding; `field` names the question's field it is about."""

    field: str
    code: str
    message: str
    severity: Severity = Severity.ERROR


def faults(question: Question) -> list[Fault]:
    """Everything wrong or doubtful with this question; an error among them makes it unusable."""
    found = [*_texts(question), *_labels(question)]
    if isinstance(question, Closed):
        found += [*_options(question), *_right(question)]
    elif isinstance(question, Numerical):
        found += _count("answer", question.answers)
        for answer in question.answers:
            found += _near(answer) if isinstance(answer, Near) else _between(answer)
    elif isinstance(question, ShortText):
        found += _count("answer", question.answers)
        found += _accepted(question.answers)
    return found


def section_faults(section: str) -> list[Fault]:
    """What is wrong with the section that an author suggests for a question."""
    return list(_length("section", section, LABEL_CHARS_MAX))


def about_others(option: str) -> bool:
    """Does an option speak of other options ("all of the above")? English only, we confess."""
    return _ABOUT_OTHERS.search(option) is not None


def _texts(question: Question) -> Iterator[Fault]:
    if not question.stem.strip():
        yield Fault("stem", "stem_empty", "there is no question text; write one")
    yield from _length("stem", question.stem, STEM_CHARS_MAX)
    yield from _length("explanation", question.explanation, EXPLANATION_CHARS_MAX)
    if isinstance(question, LongText):
        yield from _length("guidance", question.guidance, EXPLANATION_CHARS_MAX)
    for option in options_of(question):
        yield from _length("options", option.text, OPTION_CHARS_MAX)


def _labels(question: Question) -> Iterator[Fault]:
    if not question.external_id:
        yield Fault("external_id", "external_id_empty", "the question has no external_id")
    for field in ("external_id", "topic", "difficulty"):
        yield from _length(field, getattr(question, field), LABEL_CHARS_MAX)
    for tag in question.tags:
        yield from _length("tags", tag, LABEL_CHARS_MAX)
    if question.language and not _LANGUAGE.fullmatch(question.language):
        text = f"{question.language!r} is no language tag; write one such as en, hi or pt-BR"
        yield Fault("language", "language_unknown", text)
    if question.image is not None:
        yield from _image(question.image)


def _image(image: str) -> Iterator[Fault]:
    yield from _length("image", image, IMAGE_CHARS_MAX)
    if not _IMAGE.fullmatch(image) or ".." in image.split("/"):
        text = "an image is an https address or a plain relative path such as img/cell.png"
        yield Fault("image", "image_unsafe", text)


def _length(field: str, text: str, chars_max: int) -> Iterator[Fault]:
    if len(text) > chars_max:
        yield Fault(field, "too_long", f"{len(text)} characters; the limit is {chars_max}")
    if "\x00" in text:
        yield Fault(field, "nul_character", "there is a NUL character in the text; remove it")
    if "\ufffd" in text:
        message = "\ufffd stands where a character was lost; retype it"
        yield Fault(field, "character_lost", message)


def _options(question: Closed) -> Iterator[Fault]:
    count = len(question.options)
    if not OPTIONS_MIN <= count <= OPTIONS_MAX:
        text = f"{count} options; there must be {OPTIONS_MIN} to {OPTIONS_MAX}"
        yield Fault("options", "options_count", text)
    first: dict[str, str] = {}
    for option in question.options:
        same = first.setdefault(fold(option.text, case_sensitive=True), option.id)
        if same != option.id:
            yield _duplicate(option.text, {same, option.id}, question)
        if question.shuffle and about_others(option.text):
            text = f"{option.text!r} speaks of other options, which are shuffled; set shuffle to no"
            yield Fault("options", "option_about_others", text, Severity.WARNING)


def _duplicate(text: str, ids: set[str], question: Closed) -> Fault:
    """Harmless if both are wrong (or right); a candidate cannot tell them apart if not."""
    right = ids & right_options(question)
    if right and right != ids:
        message = f"the option {text!r} is there twice, once as right and once as wrong"
        return Fault("options", "option_right_and_wrong", message)
    message = f"the option {text!r} is there twice"
    return Fault("options", "option_duplicate", message, Severity.WARNING)


def _right(question: Closed) -> Iterator[Fault]:
    unknown = right_options(question) - {option.id for option in question.options}
    if unknown:
        yield Fault("answer", "answer_unknown", "the answer is none of the options")
    if isinstance(question, MultipleChoice):
        yield from _count("answer", question.answers)


def _count(field: str, answers: tuple[object, ...]) -> list[Fault]:
    if not answers:
        return [Fault(field, "answer_empty", "there is no answer; give at least one")]
    if len(answers) > ANSWERS_MAX:
        text = f"{len(answers)} answers; the limit is {ANSWERS_MAX}"
        return [Fault(field, "too_many", text)]
    return []


def _near(answer: Near) -> Iterator[Fault]:
    numbers = (answer.value, answer.tolerance, answer.relative)
    yield from _numbers(numbers)
    if any((number.parse(text) or 0) < 0 for text in numbers[1:]):
        yield Fault("answer", "tolerance_negative", "a tolerance is not below zero")


def _between(answer: Between) -> Iterator[Fault]:
    yield from _numbers((answer.low, answer.high))
    low, high = (number.parse(text) or Fraction(0) for text in (answer.low, answer.high))
    if low > high:
        text = f"the range runs from {answer.low} down to {answer.high}; put the smaller first"
        yield Fault("answer", "range_reversed", text)


def _numbers(texts: Iterable[str]) -> Iterator[Fault]:
    for text in texts:
        if number.parse(text) is None:
            yield Fault("answer", "not_a_number", f"{text!r} is not a number; write 3.14 or 1.5e3")
        elif number.ambiguous(text):
            either = f"{text.replace(',', '')} or {text.replace(',', '.')}"
            message = f"{text!r} may be {either}; write the one you mean"
            yield Fault("answer", "number_ambiguous", message)


def _accepted(answers: tuple[str, ...]) -> Iterator[Fault]:
    for text in answers:
        if not fold(text):
            yield Fault("answer", "answer_empty", "an accepted answer is empty")
        yield from _length("answer", text, OPTION_CHARS_MAX)

"""A question as a bank keeps it: with the place and marks its author suggests (pure)."""

from hashlib import blake2b

import msgspec
from msgspec import Struct

from examsync.bank.folding import fold
from examsync.bank.question import Closed, MultipleChoice, Question, kind_of, options_of


class Entry(Struct, frozen=True, omit_defaults=True):
    """One row of a bank. Section and marks are suggestions; the paper decides."""

    question: Question
    section: str = ""
    marks: str | None = None
    """An exact text, or None for the paper's default."""
    negative_marks: str | None = None


def digest(entry: Entry) -> bytes:
    """Equal for entries that mean the same; a stored entry with another one gets a new version."""
    return blake2b(msgspec.json.encode(entry), digest_size=32).digest()


def meaning_of(entry: Entry) -> bytes:
    """Equal also if only white space in the stem or the order of the options differs."""
    question = entry.question
    stem = fold(question.stem, case_sensitive=True)
    question = msgspec.structs.replace(question, stem=stem)
    if isinstance(question, Closed):
        options = tuple(sorted(question.options, key=lambda option: option.id))
        question = msgspec.structs.replace(question, options=options)
    if isinstance(question, MultipleChoice):
        question = msgspec.structs.replace(question, answers=tuple(sorted(question.answers)))
    return digest(msgspec.structs.replace(entry, question=question))


def content_id(question: Question) -> str:
    """The external_id of a question whose author gave none: made of what the candidate reads.

    The key, the explanation and the order of the options are left out, so that correcting them
    updates the question; correcting the wording makes a new one, which the report says.
    """
    options = sorted(fold(option.text, case_sensitive=True) for option in options_of(question))
    stem = fold(question.stem, case_sensitive=True)
    said = [kind_of(question).value, question.language, stem, question.image or "", *options]
    return f"h-{blake2b(msgspec.json.encode(said), digest_size=10).hexdigest()}"

"""A stem, its options and the right one, all plain texts, to an entry. Called by the readers of
formats that have nothing else: `aiken`, `opentrivia`."""

import msgspec

from examsync.bank.entry import Entry, content_id
from examsync.bank.faults import about_others, faults
from examsync.bank.folding import fold
from examsync.bank.question import Question, SingleChoice, TrueFalse, choices
from examsync.bank.report import RowProblem, Severity

_UNNAMED = "-"
"""Stands for the external_id, until the question is known."""


def entry_of(
    line: int, stem: str, options: list[str], right: int, problems: list[RowProblem]
) -> Entry | None:
    """The entry, known by its wording; None, with the reason in `problems`, if it is unusable.

    `right` is the place of the right option, from 0. Options that speak of others stay in order.
    """
    question = _question(stem, options, right)
    found = faults(question)
    problems += [RowProblem(line, "", f.code, f.message, f.severity) for f in found]
    if any(fault.severity is Severity.ERROR for fault in found):
        return None
    return Entry(msgspec.structs.replace(question, external_id=content_id(question)))


def _question(stem: str, options: list[str], right: int) -> Question:
    if sorted(map(fold, options)) == ["false", "true"]:
        return TrueFalse(external_id=_UNNAMED, stem=stem, answer=fold(options[right]) == "true")
    made = choices(options)
    return SingleChoice(
        external_id=_UNNAMED,
        stem=stem,
        options=made,
        answer=made[right].id,
        shuffle=not any(map(about_others, options)),
    )

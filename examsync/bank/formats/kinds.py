"""The type cell: our names for kinds of questions and the names others use; or a guess without."""

import difflib
import re
from collections.abc import Callable

from examsync.bank.formats.answers import numbers, truth
from examsync.bank.formats.options import Options
from examsync.bank.formats.unclear import CellUnclear
from protocol.types import ItemKind

_ALSO_CALLED = {
    ItemKind.SINGLE_CHOICE: "single mcq multiple_choice_single one_answer radio scq best_answer",
    ItemKind.MULTIPLE_CHOICE: "multiple multi msq mrq multiple_response multiple_select"
    " multi_select multiple_answer multiple_answers multiple_correct checkbox checkboxes",
    ItemKind.TRUE_FALSE: "true_or_false tf truefalse boolean bool yes_no",
    ItemKind.NUMERICAL: "numeric number nat tita integer numeric_entry numerical_answer num",
    ItemKind.SHORT_TEXT: "short text short_answer shortanswer fill_in_the_blank fill_in_blank"
    " fill_blank text_entry one_word fib",
    ItemKind.LONG_TEXT: "long essay long_answer descriptive subjective paragraph free_text",
}
_NAMED = {
    name: kind for kind, others in _ALSO_CALLED.items() for name in (kind.value, *others.split())
}


def named(cell: str) -> ItemKind:
    """The kind that a type cell names. Raises CellUnclear."""
    name = re.sub(r"[^a-z0-9]+", "_", cell.casefold()).strip("_")
    if name in _NAMED:
        return _NAMED[name]
    close = difflib.get_close_matches(name, _NAMED, 1)
    meant = f"did you mean {_NAMED[close[0]]}?" if close else f"write one of {', '.join(ItemKind)}"
    raise CellUnclear("type_unknown", f"no type is called {cell!r}; {meant}")


def guessed(answer: str, options: Options) -> ItemKind:
    """The kind of a row without a type: by its options, else by its answer.

    With options: a single choice, or a multiple one if several are right. Without: true or false,
    a number, a short text; an empty answer makes an essay.
    """
    if options.texts:
        trial = Options(options.texts, options.usual)
        several = _reads(lambda: len(trial.named_by(answer, many=True)) > 1)
        return ItemKind.MULTIPLE_CHOICE if several else ItemKind.SINGLE_CHOICE
    if not answer:
        return ItemKind.LONG_TEXT
    if not answer.isdecimal() and _reads(lambda: truth(answer) in (True, False)):
        return ItemKind.TRUE_FALSE
    if _reads(lambda: bool(numbers(answer))):
        return ItemKind.NUMERICAL
    return ItemKind.SHORT_TEXT


def _reads(attempt: Callable[[], bool]) -> bool:
    try:
        return attempt()
    except CellUnclear:
        return False

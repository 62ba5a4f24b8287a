"""The fields in which the kinds of questions differ, made of the answer cell and the options."""

from collections.abc import Callable

from examsync.bank.formats import answers
from examsync.bank.formats.options import Options
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import choices
from protocol.types import ItemKind

CHOICE_KINDS = frozenset({ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE})
Key = dict[str, object]


def key_of(kind: ItemKind, answer: str, options: Options) -> Key:
    """The key of a row; options by letter, none empty. Raises CellUnclear."""
    if not answer and kind is not ItemKind.LONG_TEXT:
        raise CellUnclear("answer_empty", "there is no answer; a question needs its key")
    return _KEYS[kind](answer, options)


def _single(answer: str, options: Options) -> Key:
    made = choices(list(options.texts.values()))
    (right,) = options.named_by(answer, many=False)
    return {"options": made, "answer": made[list(options.texts).index(right)].id}


def _multiple(answer: str, options: Options) -> Key:
    made = choices(list(options.texts.values()))
    right = options.named_by(answer, many=True)
    ids = [choice.id for letter, choice in zip(options.texts, made, strict=True) if letter in right]
    return {"options": made, "answers": ids}


def _true_false(answer: str, options: Options) -> Key:
    """Files from elsewhere spell "True" and "False" out as options and give the letter."""
    if options.texts:
        (right,) = options.named_by(answer, many=False)
        answer = options.texts[right]
    return {"answer": answers.truth(answer)}


def _numerical(answer: str, _options: Options) -> Key:
    return {"answers": answers.numbers(answer)}


def _short_text(answer: str, _options: Options) -> Key:
    return {"answers": answers.texts(answer)}


def _long_text(answer: str, _options: Options) -> Key:
    """What stands in the answer cell of an essay is for its marker."""
    return {"guidance": answer}


_KEYS: dict[ItemKind, Callable[[str, Options], Key]] = {
    ItemKind.SINGLE_CHOICE: _single,
    ItemKind.MULTIPLE_CHOICE: _multiple,
    ItemKind.TRUE_FALSE: _true_false,
    ItemKind.NUMERICAL: _numerical,
    ItemKind.SHORT_TEXT: _short_text,
    ItemKind.LONG_TEXT: _long_text,
}

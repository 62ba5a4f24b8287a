"""Does a response fit its item? On the path of every answer: one dict lookup, a few comparisons.

Called by `attempts` with nothing but the public item. It judges shape and size, never rightness.
"""

import math
from collections.abc import Callable

import msgspec

from examsync.bank.number import TYPED_CHARS_MAX
from examsync.errors import ExamError
from protocol.paper import Item, Response
from protocol.problems import Code
from protocol.types import RESPONSE_BYTES_MAX, ItemKind

SHORT_TEXT_CHARS_MAX = 500
LONG_TEXT_CHARS_MAX = 20_000
INTEGER_MAX = 10**30
"""Past what any question asks for; keeps exact arithmetic on responses cheap."""
_QUOTES = b'""'
_JSON_BYTES_PER_CHAR_MAX = 6
r"""A control character is \u0001 in JSON; a text short enough for that need not be measured."""


def check_response(item: Item, response: Response) -> None:
    """Raise ExamError(BAD_RESPONSE) unless the response has the shape that the item asks for.

    `None` clears any response. A numerical response may be any short text: what a candidate
    typed is kept as typed, and a text that is no number is merely a wrong answer.
    """
    if response is not None:
        _CHECKS[item.kind](item, response)


def _refuse(item: Item, detail: str) -> ExamError:
    return ExamError(Code.BAD_RESPONSE, f"{item.id}: {detail}")


def _single(item: Item, response: Response) -> None:
    if not isinstance(response, str):
        raise _refuse(item, "send the id of one option, as a text")
    for option in item.options:
        if option.id == response:
            return
    raise _refuse(item, "there is no such option")


def _multiple(item: Item, response: Response) -> None:
    if not isinstance(response, list):
        raise _refuse(item, "send a list of option ids")
    if len(response) > len(item.options):
        raise _refuse(item, "there are more ids in the list than options")
    left = {option.id for option in item.options}
    for chosen in response:
        if chosen not in left:
            raise _refuse(item, "an id in the list is no option, or is there twice")
        left.remove(chosen)


def _true_false(item: Item, response: Response) -> None:
    if response is not True and response is not False:
        raise _refuse(item, "send true or false")


def _numerical(item: Item, response: Response) -> None:
    if isinstance(response, str):
        _text(item, response, TYPED_CHARS_MAX)
    elif isinstance(response, bool) or not isinstance(response, (int, float)):
        raise _refuse(item, "send a number, or a text as typed")
    elif isinstance(response, float) and not math.isfinite(response):
        raise _refuse(item, "send a finite number")
    elif isinstance(response, int) and abs(response) > INTEGER_MAX:
        raise _refuse(item, "the number is too large")


def _short(item: Item, response: Response) -> None:
    _text(item, response, SHORT_TEXT_CHARS_MAX)


def _long(item: Item, response: Response) -> None:
    _text(item, response, LONG_TEXT_CHARS_MAX)


def _text(item: Item, response: Response, chars_max: int) -> None:
    if not isinstance(response, str):
        raise _refuse(item, "send a text")
    if len(response) > chars_max:
        raise _refuse(item, f"{len(response)} characters; the limit is {chars_max}")
    if "\x00" in response:
        raise _refuse(item, "the text holds a NUL character")
    try:
        size = len(response) * _JSON_BYTES_PER_CHAR_MAX + len(_QUOTES)
        if size > RESPONSE_BYTES_MAX or not response.isascii():
            size = len(msgspec.json.encode(response))
    except UnicodeEncodeError:
        raise _refuse(item, "the text holds half of a surrogate pair") from None
    if size > RESPONSE_BYTES_MAX:
        raise _refuse(item, f"{size} bytes as JSON; the limit is {RESPONSE_BYTES_MAX}")


_CHECKS: dict[ItemKind, Callable[[Item, Response], None]] = {
    ItemKind.SINGLE_CHOICE: _single,
    ItemKind.MULTIPLE_CHOICE: _multiple,
    ItemKind.TRUE_FALSE: _true_false,
    ItemKind.NUMERICAL: _numerical,
    ItemKind.SHORT_TEXT: _short,
    ItemKind.LONG_TEXT: _long,
}

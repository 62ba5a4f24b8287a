"""GIFT answers with a `~` among them to a single or multiple choice. Called by `gift_answers`.

What earns all marks is the key. What a partly right option earns, or a wrong one costs, is decided
by the paper (its scheme and negative marks), so such weights are left out, which is told.
"""

from fractions import Fraction

from examsync.bank.formats.gift_answer import ALL, Answer, parts_left_out, percent, weight_of
from examsync.bank.formats.gift_text import Unclear
from examsync.bank.formats.keys import Key
from examsync.bank.question import choices
from protocol.types import ItemKind

_CLOSE = Fraction(1, 100)
"""Thirds and sevenths of 100 are written with few places."""
_OFF_MAX = 1
"""33 % three times is 99 %, and meant to be all."""


def choice(found: list[Answer], at: int) -> tuple[ItemKind, Key, list[Unclear]]:
    """Kind, key and doubts; `at` is where the answers begin. Raises Unclear."""
    for one in found:
        if not one.text:
            raise Unclear("option_empty", "an option is empty; fill it in, or remove it", one.at)
    made = choices([one.text for one in found])
    right, doubts = _weighed(found, at)
    ids = [option.id for option, is_right in zip(made, right, strict=True) if is_right]
    if any(one.sign == "=" for one in found) and len(ids) == 1:
        return ItemKind.SINGLE_CHOICE, {"options": made, "answer": ids[0]}, doubts
    return ItemKind.MULTIPLE_CHOICE, {"options": made, "answers": ids}, doubts


def _weighed(found: list[Answer], at: int) -> tuple[list[bool], list[Unclear]]:
    if any(one.sign == "=" for one in found):
        return _by_sign(found, at)
    right = [(one.weight or 0) > 0 for one in found]
    if not any(right):
        message = "no option is right; begin one with =, or share 100 % between several: ~%50%"
        raise Unclear("answer_empty", message, at)
    return right, _shared(found, at)


def _by_sign(found: list[Answer], at: int) -> tuple[list[bool], list[Unclear]]:
    for one in found:
        if one.sign == "=" and weight_of(one) != ALL:
            message = f"= and {percent(weight_of(one))} contradict each other; write ~ for a part"
            raise Unclear("weight_unsupported", message, one.at)
    right = [weight_of(one) == ALL for one in found]
    doubts = [*parts_left_out(found), *_penalties(found)]
    if sum(right) > 1:
        message = (
            f"{sum(right)} options are right by =, so all of them are to be chosen;"
            " where any one will do, keep one"
        )
        doubts.append(Unclear("answers_several", message, at))
    return right, doubts


def _penalties(found: list[Answer]) -> list[Unclear]:
    costly = [one for one in found if (one.weight or 0) < 0]
    if not costly:
        return []
    message = (
        f"{percent(costly[0].weight or Fraction(0))} for a wrong option is left out:"
        " what it costs is said by the paper's negative marks"
    )
    return [Unclear("penalty_left_out", message, costly[0].at)]


def _shared(found: list[Answer], at: int) -> list[Unclear]:
    """Several right options by weight: equal parts of 100 %, whatever wrong ones cost."""
    parts = [one.weight for one in found if one.weight is not None and one.weight > 0]
    if abs(sum(parts) - ALL) > _OFF_MAX:
        message = (
            f"the right options make {percent(Fraction(sum(parts)))}; share 100 % between them"
        )
        raise Unclear("weights_sum", message, at)
    if max(parts) - min(parts) > _OFF_MAX:
        message = "the right options weigh differently; here all of them count alike"
        return [Unclear("weights_unequal", message, at)]
    wrong = [one.weight or Fraction(0) for one in found if (one.weight or 0) <= 0]
    if all(abs(weight + parts[0]) <= _CLOSE for weight in wrong):
        return []  # what our proportional scheme does
    costs = " or ".join(percent(weight) for weight in sorted(set(wrong)))
    message = (
        f"no scheme of ours takes {costs} for a wrong option; the paper's scheme decides"
        " (proportional takes as much as a right one gives)"
    )
    return [Unclear("penalty_left_out", message, at)]

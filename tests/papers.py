"""Questions and papers for tests: one of each kind, and a paper of all of them."""

from examsync.bank.paper import Item, Paper, Scheme, Section
from examsync.bank.question import (
    Between,
    LongText,
    MultipleChoice,
    Near,
    Numerical,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
    choices,
)


def single(right: int = 0, texts: str = "Delhi Mumbai Chennai Kolkata") -> SingleChoice:
    """The capital; the right option is the one at `right`."""
    options = choices(texts.split())
    return SingleChoice(
        external_id="capital",
        stem="Which is the capital?",
        options=options,
        answer=options[right].id,
        explanation="It has been since 1911.",
        topic="geography",
    )


def multiple(right: str = "2 3", texts: str = "2 3 4 9") -> MultipleChoice:
    """The primes."""
    options = choices(texts.split())
    ids = tuple(option.id for option in options if option.text in right.split())
    return MultipleChoice(
        external_id="primes", stem="Which are prime?", options=options, answers=ids
    )


def ids(question: SingleChoice | MultipleChoice, texts: str) -> list[str]:
    """The ids of the options with these texts, in the order given."""
    named = {option.text: option.id for option in question.options}
    return [named[text] for text in texts.split()]


def true_false(answer: bool = True) -> TrueFalse:
    """A statement."""
    return TrueFalse(external_id="seven", stem="7 is prime.", answer=answer)


def numerical(*answers: Near | Between) -> Numerical:
    """A number; 3.14 to two places if none is given."""
    return Numerical(
        external_id="pi", stem="π = ?", answers=answers or (Near("3.14", tolerance="0.005"),)
    )


def short_text(*answers: str, case_sensitive: bool = False) -> ShortText:
    """A word."""
    return ShortText(
        external_id="metal",
        stem="Which metal is liquid at 20 °C?",
        answers=answers or ("mercury", "पारा"),
        case_sensitive=case_sensitive,
    )


def long_text() -> LongText:
    """An essay."""
    return LongText(external_id="rain", stem="Why does it rain?", guidance="Evaporation; lift.")


def every_kind() -> list[Question]:
    """One question of each kind."""
    return [single(), multiple(), true_false(), numerical(), short_text(), long_text()]


def paper(*, scheme: Scheme = Scheme.ALL_OR_NOTHING, shuffle: bool = True) -> Paper:
    """Two sections: choices and truth at +4/-1, the rest at +5 and no penalty; items q1 to q6."""
    items = [Item(f"q{n}", question, "5") for n, question in enumerate(every_kind(), start=1)]
    first = [Item(i.id, i.question, "4", "1", scheme) for i in items[:3]]
    sections = [Section("s1", "Choices", first, shuffle), Section("s2", "Words", items[3:])]
    return Paper("paper-1", "A paper", sections, "Answer all.")


def right_responses() -> dict[str, str | bool | list[str]]:
    """Responses to `paper()` that earn every machine mark; q6, the essay, is left out."""
    return {
        "q1": ids(single(), "Delhi")[0],
        "q2": ids(multiple(), "2 3"),
        "q3": True,
        "q4": "3.14",
        "q5": "Mercury",
    }

"""Questions with their answers: a tagged union, one Struct per kind (pure). Stays on the server.

What candidates see is made of it by `examsync.bank.paper.public_paper`; keys never cross the wire.
"""

from hashlib import blake2b

from msgspec import Struct

from protocol.types import ItemKind


class Choice(Struct, frozen=True):
    """One option; `id` comes from `choices`."""

    id: str
    text: str


class Near(Struct, frozen=True, omit_defaults=True, tag="near", tag_field="is"):
    """Right if |response - value| <= max(tolerance, relative x |value|). Decimal texts, exact."""

    value: str
    tolerance: str = "0"
    relative: str = "0"


class Between(Struct, frozen=True, tag="between", tag_field="is"):
    """Right if low <= response <= high. Decimal texts, exact."""

    low: str
    high: str


class Stem(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What every kind has. `external_id` is the author's own name for the question in its bank."""

    external_id: str
    stem: str
    topic: str = ""
    difficulty: str = ""
    explanation: str = ""
    """Shown after release only."""
    language: str = ""
    """A BCP 47 tag ("hi", "en-IN"), or empty."""
    image: str | None = None
    """An https address or a relative path."""
    tags: tuple[str, ...] = ()


class SingleChoice(Stem, frozen=True, kw_only=True, omit_defaults=True, tag="single_choice"):
    """One option is right."""

    options: tuple[Choice, ...]
    answer: str
    """The id of the right option."""
    shuffle: bool = True
    """May the options be shown in another order? No, if one says "all of the above"."""


class MultipleChoice(Stem, frozen=True, kw_only=True, omit_defaults=True, tag="multiple_choice"):
    """One or more options are right; how a part of them counts is the scheme's business."""

    options: tuple[Choice, ...]
    answers: tuple[str, ...]
    """The ids of the right options, in the order of the options."""
    shuffle: bool = True


class TrueFalse(Stem, frozen=True, kw_only=True, omit_defaults=True, tag="true_false"):
    """A statement."""

    answer: bool


class Numerical(Stem, frozen=True, kw_only=True, omit_defaults=True, tag="numerical"):
    """A number; any of the answers will do."""

    answers: tuple[Near | Between, ...]


class ShortText(Stem, frozen=True, kw_only=True, omit_defaults=True, tag="short_text"):
    """A word or a phrase; any of the answers will do, compared as `folding.fold` says."""

    answers: tuple[str, ...]
    case_sensitive: bool = False


class LongText(Stem, frozen=True, kw_only=True, omit_defaults=True, tag="long_text"):
    """An essay; a person marks it."""

    guidance: str = ""
    """What the marker should look for."""


Question = SingleChoice | MultipleChoice | TrueFalse | Numerical | ShortText | LongText
Closed = SingleChoice | MultipleChoice

KIND_OF: dict[type[Stem], ItemKind] = {
    SingleChoice: ItemKind.SINGLE_CHOICE,
    MultipleChoice: ItemKind.MULTIPLE_CHOICE,
    TrueFalse: ItemKind.TRUE_FALSE,
    Numerical: ItemKind.NUMERICAL,
    ShortText: ItemKind.SHORT_TEXT,
    LongText: ItemKind.LONG_TEXT,
}


def choices(texts: list[str]) -> tuple[Choice, ...]:
    """Options with ids made of their own text (40 bits of BLAKE2b).

    Such an id tells nothing of the author's order (the right one often comes first), and keeps
    its meaning when a file is imported again with the options in another order. Options of the
    same text are told apart by counting them.
    """
    seen: dict[str, int] = {}
    made = []
    for text in texts:
        count = seen[text] = seen.get(text, 0) + 1
        digest = blake2b(text.encode(), digest_size=5, salt=count.to_bytes(2, "big"))
        made.append(Choice(digest.hexdigest(), text))
    return tuple(made)


def kind_of(question: Question) -> ItemKind:
    """The kind, as candidates' items name it."""
    return KIND_OF[type(question)]


def options_of(question: Question) -> tuple[Choice, ...]:
    """The options in the author's order; empty for kinds that have none."""
    return question.options if isinstance(question, Closed) else ()


def right_options(question: Closed) -> frozenset[str]:
    """The ids of the right options."""
    if isinstance(question, SingleChoice):
        return frozenset((question.answer,))
    return frozenset(question.answers)

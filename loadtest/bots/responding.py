"""What a person might answer (pure): fitting the kind of the item, and not always well."""

from random import Random

from protocol.paper import Item, Response
from protocol.types import ItemKind

_WORDS = (
    "heat", "light", "प्रकाश", "ऊर्जा", "because", "therefore", "of the", "water", "जल", "force",
    "mass", "is conserved", "and", "rises", "falls", "पौधे", "सूर्य", "plants", "acid", "slowly",
)  # fmt: skip
_ESSAY_STEP_WORDS = 12
_ESSAY_CHARS_MAX = 1_500


def respond(item: Item, before: Response, dice: Random) -> Response:
    """A response to `item`, whose response so far is `before`; essays grow."""
    match item.kind:
        case ItemKind.SINGLE_CHOICE:
            return dice.choice(item.options).id
        case ItemKind.MULTIPLE_CHOICE:
            chosen = dice.sample(item.options, dice.randint(1, len(item.options)))
            return [option.id for option in chosen]
        case ItemKind.TRUE_FALSE:
            return dice.random() < 0.5
        case ItemKind.NUMERICAL:
            value = round(dice.uniform(-50, 200), dice.choice([0, 1, 2]))
            return value if dice.random() < 0.7 else f"{value:g}"
        case ItemKind.SHORT_TEXT:
            return " ".join(dice.choices(_WORDS, k=dice.randint(1, 3)))
    return _essay(before, dice)


def _essay(before: Response, dice: Random) -> str:
    """Saved while it is written: each time a dozen words more, now and then rewritten."""
    so_far = before if isinstance(before, str) and dice.random() > 0.05 else ""
    words = " ".join(dice.choices(_WORDS, k=_ESSAY_STEP_WORDS))
    return f"{so_far} {words}".strip()[:_ESSAY_CHARS_MAX]

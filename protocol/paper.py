"""The paper as candidates see it: shared bytes, the same for all; `Order` is each one's own.

There is no field here that could hold a correct answer: what is not in the type cannot leak.

Response shapes by kind: single_choice - an option id; multiple_choice - a list of option ids;
true_false - a boolean; numerical - a number, or a string as typed; short_text and long_text -
a string. `null` clears a response.
"""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.types import ItemKind

Response = Annotated[str | bool | int | float | list[str] | None, Meta(title="ResponseValue")]


class Option(Struct, frozen=True):
    """One choice of an item."""

    id: str
    text: str


class Item(Struct, frozen=True, omit_defaults=True):
    """A question placed in a paper. Marks are decimal strings ("4", "0.25"), never floats."""

    id: str
    kind: ItemKind
    stem: str
    marks: str
    negative_marks: str = "0"
    options: list[Option] = []
    image: str | None = None


class Section(Struct, frozen=True, omit_defaults=True):
    """A named run of items."""

    id: str
    title: str
    items: list[Item]


class Paper(Struct, frozen=True, omit_defaults=True):
    """What is sat: sections of items, in the author's order."""

    id: str
    title: str
    sections: list[Section]
    instructions: str = ""


class Order(Struct, frozen=True):
    """One candidate's order: item ids as to be shown, and option ids of items that have any."""

    items: list[str]
    options: dict[str, list[str]]

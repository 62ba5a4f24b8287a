"""Shapes of small things that travel: the same here and wherever the schemas are read."""

from typing import Annotated, Any

import jsonschema
import msgspec
import pytest
from msgspec import Meta

from protocol.types import ONE_LINE, Id

Line = Annotated[str, Meta(pattern=ONE_LINE)]


def fits(text: str, shape: Any) -> bool:
    """Whether a text has this shape; msgspec and JSON Schema must be of one mind."""
    schema = msgspec.json.schema(shape)
    by_schema = jsonschema.Draft202012Validator(schema).is_valid(text)
    try:
        msgspec.convert(text, shape)
    except msgspec.ValidationError:
        by_type = False
    else:
        by_type = True
    assert by_type is by_schema
    return by_type


@pytest.mark.parametrize("text", ["a", "A-1", "exam:2026.05_b", "x" * 64])
def test_an_id_is_letters_digits_and_a_few_marks(text: str) -> None:
    assert fits(text, Id)


@pytest.mark.parametrize(
    "text", ["", "a\n", "\na", "a\nb", "a b", "é", "x" * 65, "a/b", "a\x00", "a\r", "a\u2028"]
)
def test_nothing_else_is_an_id_not_even_with_a_line_end_behind(text: str) -> None:
    assert not fits(text, Id)


@pytest.mark.parametrize("text", ["", "Asha Rao", "आशा", "क्‍ष", " 'tis "])
def test_a_line_is_any_text_of_people(text: str) -> None:
    assert fits(text, Line)


@pytest.mark.parametrize("text", ["a\n", "a\nb", "\x00", "\t", "a\u2029", "\x7f"])
def test_a_line_has_no_end_within(text: str) -> None:
    assert not fits(text, Line)

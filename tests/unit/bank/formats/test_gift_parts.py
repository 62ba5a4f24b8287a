"""Title, text and braces of a block."""

import pytest

from examsync.bank.formats.gift_blocks import blocks
from examsync.bank.formats.gift_parts import Parts, parts_of
from examsync.bank.formats.gift_text import Texts, Unclear


def parts(text: str) -> Parts:
    return parts_of(next(blocks(text)))


@pytest.mark.parametrize(
    ("text", "title", "stem"),
    [
        ("::A title::Why?{}", "A title", "Why?"),
        (r":: A\:: b :: Why? {}", " A:: b ".strip(), "Why?"),
        ("Why?{}", "", "Why?"),
        ("::Why?{}", "", "::Why?"),
        ("Grant is {=a ~b} in his tomb.", "", "Grant is _____ in his tomb."),
        ("Two and two is {=four}.", "", "Two and two is _____."),
        ("{=Asia} is large.", "", "_____ is large."),
    ],
)
def test_a_title_and_a_blank_are_found(text: str, title: str, stem: str) -> None:
    found = parts(text)
    assert (found.title, found.stem(Texts())) == (title, stem)


def test_general_feedback_is_apart() -> None:
    found = parts("Q{=a#b####c#d}")
    assert found.answers is not None
    assert found.general is not None
    assert (found.answers.raw, found.general.raw) == ("=a#b", "c#d")
    assert parts("only text").answers is None


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a } b {}", "brace_unopened", (1, "3")),
        ("a {\n=b\n\nc {}", "brace_unclosed", (1, "3")),
        ("a {\n=b", "file_broken_off", (1, "3")),
        ("a {\n=b {c}}", "brace_nested", (2, "4")),
        ("a {=b}\nc {=d}", "brace_twice", (2, "3")),
    ],
)
def test_braces_out_of_order_are_told_with_their_place(
    text: str, code: str, place: tuple[int, str]
) -> None:
    block = next(blocks(text))
    with pytest.raises(Unclear) as caught:
        parts_of(block)
    assert (caught.value.code, block.place(caught.value.at)) == (code, place)

"""Questions between blank lines."""

from examsync.bank.formats.gift_blocks import Block, blocks, bracketed


def found(text: str) -> list[Block]:
    return list(blocks(text))


def test_blank_lines_set_questions_apart_whatever_ends_the_lines() -> None:
    one, two, three = found("a\r\nb{}\r\n \r\n\nc{}\r\rd")
    assert [(block.line, block.text) for block in (one, two, three)] == [
        (1, "a\nb{}"),
        (5, "c{}"),
        (7, "d"),
    ]
    assert three.last


def test_comments_are_left_out_but_places_are_those_of_the_file() -> None:
    (block,) = found("\n// one\na {\n  // two\n  =x\n}")
    assert block.text == "a {\n  =x\n}"
    assert block.place(block.text.index("=")) == (5, "3")
    assert block.place(0) == (3, "1")
    assert found("// only a comment\n\n\n") == []


def test_comments_may_say_things_in_brackets() -> None:
    (block,) = found(r"// about x [id:a\]b\n\\] [tag:x y] and [tag:z] [a [b:c]" + "\nq{}")
    assert block.said == {"id": "a]b\n\\", "b": "c"}
    assert block.tags == ["x y", "z"]
    second = found("// [id:1]\n\nq{}")[0]
    assert second.said == {}


def test_what_is_bracketed_is_read_back() -> None:
    text = "a]b[c\\d\ne\\n"
    (block,) = found(f"// {bracketed('id', text)}\nq{{}}")
    assert block.said == {"id": text}


def test_categories_hold_for_what_follows_without_moodles_roots() -> None:
    text = (
        "$CATEGORY: $course$/top/Physics/Waves\na{}\n\n$category: $cat1$\nb{}\n\n$CATEGORY: top/x\n"
    )
    assert [block.category for block in found(f"{text}c{{}}")] == ["Physics/Waves", "", "x"]


def test_a_blank_line_within_braces_ends_no_question_if_they_are_closed() -> None:
    one, two = found("a {\n=x\n\n// {\n~y\n\n}\n\nb{}")
    assert (one.gap, one.text) == (3, "a {\n=x\n~y\n}")
    assert two.gap == 0
    one, two = found("a {\n=x\n\nb {}")
    assert (one.text, one.gap, one.last) == ("a {\n=x", 0, False)
    assert two.text == "b {}"
    one, two = found("a {=\\}\n\nb")
    assert one.text == "a {=\\}"

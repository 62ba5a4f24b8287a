"""One block to one entry, or to all that is wrong with it."""

import pytest

from examsync.bank.entry import Entry
from examsync.bank.formats.gift_blocks import blocks
from examsync.bank.formats.gift_reader import BlockReader
from examsync.bank.question import LongText, Near, Numerical, ShortText, SingleChoice


def reader(text: str) -> BlockReader:
    return BlockReader(next(blocks(text)))


def entry(text: str) -> Entry:
    read = reader(text)
    found = read.read()
    assert found is not None, read.problems
    return found


def problems(text: str) -> list[tuple[int, str, str]]:
    read = reader(text)
    read.read()
    return [(problem.line, problem.column, problem.code) for problem in read.problems]


def test_comments_say_what_gift_cannot() -> None:
    found = entry(
        "// [id:q-1] [section:Part I] [marks:4.0] [negative_marks:-1/3] [difficulty:EASY]\n"
        "// [language:hi] [image:img/a.png] [shuffle:no] [tag:one] [tag:two]\n"
        "$CATEGORY: Colours\n"
        "Which?{=red ~blue####As it is.}"
    )
    assert (found.section, found.marks, found.negative_marks) == ("", None, None)
    found = entry(
        "// [id:q-1] [section:Part I] [marks:4.0] [negative_marks:-1/3] [difficulty:EASY]\n"
        "// [language:hi] [image:img/a.png] [shuffle:no] [tag:one] [tag:two] [topic:colours]\n"
        "Which?{=red ~blue####As it is.}"
    )
    assert (found.section, found.marks, found.negative_marks) == ("Part I", "4", "1/3")
    question = found.question
    assert isinstance(question, SingleChoice)
    assert (question.external_id, question.topic, question.difficulty) == ("q-1", "colours", "easy")
    assert (question.language, question.image, question.tags) == ("hi", "img/a.png", ("one", "two"))
    assert (question.shuffle, question.explanation) == (False, "As it is.")


def test_what_is_said_about_answers_goes_into_the_explanation() -> None:
    read = reader("Q{=a#Yes. ~b#No.####All.}")
    found = read.read()
    assert found is not None
    assert found.question.explanation == "All.\na: Yes.\nb: No."
    assert read.feedback_moved


def test_kinds_take_their_own_comments() -> None:
    essay = entry("// [answer:Structure]\nQ{}").question
    assert isinstance(essay, LongText)
    assert essay.guidance == "Structure"
    word = entry("// [case_sensitive:yes]\nQ{=pH}").question
    assert isinstance(word, ShortText)
    assert word.case_sensitive
    number = entry("// [answer:5±2%]\nQ{#5:0.1}").question
    assert isinstance(number, Numerical)
    assert number.answers == (Near("5", relative="0.02"),)


def test_the_braces_have_the_say_over_a_comment() -> None:
    text = "// [answer:5±2%]\nQ{#5:0.2}"
    assert problems(text) == [(2, "", "answer_differs")]
    number = entry(text).question
    assert isinstance(number, Numerical)
    assert number.answers == (Near("5", "0.2"),)


def test_titles_are_told_as_unused_unless_they_are_the_id() -> None:
    for text, unused in [("::t::Q{}", True), ("// [id:t]\n::t::Q{}", False), ("Q{}", False)]:
        read = reader(text)
        read.read()
        assert read.title_unused is unused


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A text.", [(1, "", "description_skipped")]),
        ("{T}", [(1, "", "stem_empty")]),
        ("Q{\n~a\n~%50%b\n=c}", [(3, "6", "part_left_out")]),
        ("Q{\n~a\n=%50%b\n=c}", [(3, "6", "weight_unsupported")]),
        ("Q{=a ~all of the above}", [(1, "", "order_kept")]),
        ("// [shuffle:yes]\nQ{=a ~all of the above}", [(2, "", "option_about_others")]),
        ("Q{=a ~a}", [(1, "", "option_right_and_wrong")]),
        ("[html]x<sup>2</sup>{}", [(1, "", "markup_lost")]),
        ("Q{=a\n\n~b}", [(2, "", "blank_line")]),
        ("// [marks:many]\nQ{}", [(2, "", "marks_unclear")]),
        ("// [shuffle:perhaps]\nQ{=a ~b}", [(2, "", "answer_not_truth")]),
        (f"// [section:{'x' * 200}]\nQ{{}}", [(2, "", "too_long")]),
        ("Q{#1,234}", [(1, "", "number_ambiguous")]),
        ("Q{#}", [(1, "", "answer_empty")]),
    ],
)
def test_what_is_found_has_its_place(text: str, found: list[tuple[int, str, str]]) -> None:
    assert problems(text) == found

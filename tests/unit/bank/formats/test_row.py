"""One record to one entry, or to all that is wrong with it."""

from examsync.bank.entry import Entry, content_id
from examsync.bank.formats import header as headings
from examsync.bank.formats.records import Record
from examsync.bank.formats.row import RowReader
from examsync.bank.question import (
    LongText,
    MultipleChoice,
    Numerical,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from examsync.bank.report import Severity

HEADINGS = (
    "type,question,option_a,option_b,option_c,time,answer,marks,negative_marks,section,topic,"
    "difficulty,explanation,image,language,external_id,tags,shuffle,case_sensitive"
)
HEADER, _ = headings.read(HEADINGS.split(","), 1)


def reader(**cells: str) -> RowReader:
    row = [""] * HEADER.width
    for name, text in ({"question": "Which?"} | cells).items():
        row[HEADINGS.split(",").index(name)] = text
    return RowReader(HEADER, Record(7, row), None)


def entry(**cells: str) -> Entry:
    read = reader(**cells)
    found = read.read()
    assert found is not None, read.problems
    return found


def question(**cells: str) -> Question:
    return entry(**cells).question


def problems(**cells: str) -> list[tuple[str, str]]:
    read = reader(**cells)
    read.read()
    assert all(problem.line == 7 for problem in read.problems)
    return [(problem.column, problem.code) for problem in read.problems]


def test_every_cell_finds_its_place() -> None:
    found = entry(
        type="mcq",
        option_a="red",
        option_b="blue",
        answer="B",
        marks="4.0",
        negative_marks="-1/3",
        section=" Part I ",
        topic="colours",
        difficulty="EASY",
        explanation="As the sky.",
        image="img/sky.png",
        language="en",
        external_id="c-1",
        tags="sky; colour, blue",
    )
    made = found.question
    assert isinstance(made, SingleChoice)
    assert made.stem == "Which?"
    assert [option.text for option in made.options] == ["red", "blue"]
    assert made.answer == made.options[1].id
    assert (made.topic, made.difficulty, made.explanation) == ("colours", "easy", "As the sky.")
    assert (made.image, made.language, made.external_id) == ("img/sky.png", "en", "c-1")
    assert made.tags == ("sky", "colour", "blue")
    assert (found.section, found.marks, found.negative_marks) == ("Part I", "4", "1/3")


def test_capitals_count_in_short_texts_whose_row_says_so() -> None:
    for said, exactly in [("", False), ("no", False), ("yes", True)]:
        made = question(type="short", answer="pH", case_sensitive=said)
        assert isinstance(made, ShortText)
        assert made.case_sensitive is exactly
    assert problems(type="short", answer="pH", case_sensitive="perhaps") == [
        ("case_sensitive", "answer_not_truth")
    ]


def test_a_separator_may_belong_to_a_tag() -> None:
    assert question(answer="x", tags=r"a\,b, c").tags == ("a,b", "c")


def test_what_cannot_be_stored_is_told() -> None:
    assert problems(type="essay", answer="a\x00b") == [("answer", "nul_character")]
    assert problems(type="essay", section="a\x00b") == [("section", "nul_character")]


def test_empty_marks_are_left_to_the_paper() -> None:
    found = entry(answer="42", type="numerical")
    assert (found.marks, found.negative_marks, found.section) == (None, None, "")


def test_without_an_external_id_the_content_names_the_question() -> None:
    read = reader(answer="yes", type="true_false")
    found = read.read()
    assert found is not None
    assert not read.named
    assert found.question.external_id == content_id(found.question)


def test_the_type_may_be_left_out() -> None:
    assert isinstance(question(answer="true"), TrueFalse)
    assert isinstance(question(answer="5±1"), Numerical)
    assert isinstance(question(option_a="x", option_b="y", answer="A;B"), MultipleChoice)
    assert isinstance(question(answer=""), LongText)


def test_all_that_is_wrong_is_told_with_its_column() -> None:
    found = problems(
        type="mcq",
        question=" ",
        option_a="x",
        option_b="y",
        answer="Z",
        marks="four",
        negative_marks="1e9",
        section="s" * 129,
        image="javascript:x",
        language="???",
        shuffle="perhaps",
    )
    assert sorted(found) == [
        ("answer", "answer_unknown"),
        ("image", "image_unsafe"),
        ("language", "language_unknown"),
        ("marks", "marks_unclear"),
        ("negative_marks", "marks_unclear"),
        ("question", "stem_empty"),
        ("section", "too_long"),
        ("shuffle", "answer_not_truth"),
    ]


def test_an_unknown_type_does_not_hide_the_rest() -> None:
    assert problems(type="hologram", question="", marks="x") == [
        ("type", "type_unknown"),
        ("question", "stem_empty"),
        ("marks", "marks_unclear"),
    ]


def test_too_few_options_are_told_instead_of_a_wrong_answer() -> None:
    assert problems(type="single_choice", option_b="only", answer="A") == [
        ("option_a", "options_count")
    ]


def test_options_of_a_kind_without_are_a_warning() -> None:
    read = reader(type="numerical", option_a="1", option_b="2", answer="2")
    assert read.read() is not None
    (problem,) = read.problems
    assert (problem.code, problem.severity) == ("options_unused", Severity.WARNING)


def test_options_about_others_keep_their_order_unless_the_row_says_so() -> None:
    cells = {"option_a": "x", "option_b": "y", "option_c": "None of the above", "answer": "A"}
    kept = question(**cells)
    assert isinstance(kept, SingleChoice)
    assert not kept.shuffle
    assert problems(**cells) == [("option_c", "order_kept")]
    shuffled = question(**cells, shuffle="yes")
    assert isinstance(shuffled, SingleChoice)
    assert shuffled.shuffle
    assert problems(**cells, shuffle="yes") == [("option_a", "option_about_others")]
    assert problems(**cells, shuffle="no") == []


def test_cells_beyond_the_headings_are_an_error_but_empty_ones_are_not() -> None:
    read = reader(answer="1")
    read.record.cells.extend(["", " "])
    assert read.read() is not None
    read = reader(answer="1")
    read.record.cells.extend(["", "stray"])
    assert read.read() is None
    assert [(p.column, p.code) for p in read.problems] == [("", "cells_extra")]


def test_a_row_that_ends_early_has_empty_cells() -> None:
    header, _ = headings.read(["question", "answer", "topic", "marks"], 1)
    found = RowReader(header, Record(2, ["Sky?", "blue"]), None).read()
    assert found is not None
    assert found.question.topic == ""

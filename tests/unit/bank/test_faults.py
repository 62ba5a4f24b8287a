"""A question with faults is told all of them."""

from typing import Any

import msgspec
import pytest

from examsync.bank.faults import about_others, faults, section_faults
from examsync.bank.question import (
    Between,
    LongText,
    MultipleChoice,
    Near,
    Question,
    SingleChoice,
    choices,
)
from examsync.bank.report import Severity
from tests import papers


def codes(question: Question) -> list[str]:
    return [fault.code for fault in faults(question)]


def changed(question: Question, **fields: Any) -> Question:
    altered: Question = msgspec.structs.replace(question, **fields)
    return altered


def test_sound_questions_have_no_faults() -> None:
    for question in papers.every_kind():
        assert faults(question) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"stem": " \n"}, "stem_empty"),
        ({"stem": "x" * 10_001}, "too_long"),
        ({"stem": "a\x00b"}, "nul_character"),
        ({"stem": "caf\ufffd"}, "character_lost"),
        ({"explanation": "x" * 10_001}, "too_long"),
        ({"external_id": ""}, "external_id_empty"),
        ({"external_id": "x" * 129}, "too_long"),
        ({"topic": "x" * 129}, "too_long"),
        ({"difficulty": "x" * 129}, "too_long"),
        ({"tags": ("fine", "x" * 129)}, "too_long"),
        ({"language": "Hindi!"}, "language_unknown"),
        ({"image": "javascript:alert(1)"}, "image_unsafe"),
    ],
)
def test_what_every_kind_has_is_checked(fields: dict[str, Any], code: str) -> None:
    for question in papers.every_kind():
        assert codes(changed(question, **fields)) == [code]


def test_what_a_marker_is_told_and_the_section_are_checked_too() -> None:
    for text, code in [("x" * 10_001, "too_long"), ("a\x00b", "nul_character")]:
        assert codes(LongText(external_id="x", stem="?", guidance=text)) == [code]
        assert [fault.code for fault in section_faults(text)] == [code]
    assert section_faults("Part I") == []


@pytest.mark.parametrize("language", ["hi", "en-IN", "zh-Hant-TW", "fil"])
def test_language_tags_are_taken(language: str) -> None:
    assert codes(changed(papers.single(), language=language)) == []


@pytest.mark.parametrize(
    "image", ["https://example.org/a.png?x=1", "img/cell.png", "cell.svg", "चित्र/कोशिका.png"]
)
def test_images_are_https_or_relative(image: str) -> None:
    assert codes(changed(papers.single(), image=image)) == []


@pytest.mark.parametrize(
    "image",
    [
        "data:image/png;base64,AAAA",
        "JAVASCRIPT:alert(1)",
        "//evil.example/a.png",
        "/etc/passwd",
        "../../secret.png",
        "img/../../secret.png",
        'a.png" onerror="alert(1)',
        "file:///etc/passwd",
        "http://example.org/a.png",
        "https://a b.example/",
        "",
    ],
)
def test_images_that_could_do_harm_are_refused(image: str) -> None:
    assert "image_unsafe" in codes(changed(papers.single(), image=image))


def test_options_are_two_to_twenty_six() -> None:
    for count, expected in [(1, ["options_count"]), (2, []), (26, []), (27, ["options_count"])]:
        options = choices([str(n) for n in range(count)])
        question = changed(papers.single(), options=options, answer=options[0].id)
        assert codes(question) == expected


def test_equal_options_are_a_warning_when_both_are_wrong_and_an_error_when_one_is_right() -> None:
    both_wrong = papers.single(0, "right wrong wrong")
    (fault,) = faults(both_wrong)
    assert (fault.code, fault.severity) == ("option_duplicate", Severity.WARNING)
    (fault,) = faults(papers.single(0, "same same other"))
    assert (fault.code, fault.severity) == ("option_right_and_wrong", Severity.ERROR)
    both_right = papers.multiple("same", "same same other")
    assert [fault.code for fault in faults(both_right)] == ["option_duplicate"]


def test_options_that_differ_in_case_are_two_options() -> None:
    assert codes(papers.single(0, "NaCl NACL")) == []


def test_the_right_option_must_be_one_of_the_options() -> None:
    assert codes(changed(papers.single(), answer="elsewhere")) == ["answer_unknown"]
    assert codes(changed(papers.multiple(), answers=())) == ["answer_empty"]


@pytest.mark.parametrize(
    "option", ["All of the above", "none of these", "Both (a) and (c)", "both A and B are true"]
)
def test_an_option_about_others_is_doubtful_only_where_options_are_shuffled(option: str) -> None:
    assert about_others(option)
    options = choices(["yes", "no", option])
    question = changed(papers.single(), options=options, answer=options[0].id)
    (fault,) = faults(question)
    assert (fault.code, fault.severity) == ("option_about_others", Severity.WARNING)
    assert codes(changed(question, shuffle=False)) == []


@pytest.mark.parametrize("option", ["All of Asia", "none", "both sides", "above sea level"])
def test_ordinary_words_are_not_about_others(option: str) -> None:
    assert not about_others(option)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Near("three"), "not_a_number"),
        (Near("3", tolerance="-1"), "tolerance_negative"),
        (Near("3", relative="x"), "not_a_number"),
        (Near("1,234"), "number_ambiguous"),
        (Between("2", "1"), "range_reversed"),
        (Between("1", "two"), "not_a_number"),
    ],
)
def test_numbers_in_keys_are_checked(answer: Near | Between, code: str) -> None:
    assert code in codes(papers.numerical(answer))


def test_a_comma_that_could_mean_two_things_is_told_with_both() -> None:
    (fault,) = faults(papers.numerical(Near("1,234")))
    assert fault.message == "'1,234' may be 1234 or 1.234; write the one you mean"


def test_keys_have_at_least_one_answer_and_not_too_many() -> None:
    assert codes(changed(papers.numerical(), answers=())) == ["answer_empty"]
    assert codes(papers.short_text(" \u200b ")) == ["answer_empty"]
    assert codes(papers.short_text(*(str(n) for n in range(51)))) == ["too_many"]
    assert codes(papers.short_text("x" * 2_001)) == ["too_long"]


def test_several_faults_are_all_told() -> None:
    bad = SingleChoice(
        external_id="", stem="", options=choices(["a", "b", "b"]), answer="z", language="?"
    )
    assert set(codes(bad)) == {
        "stem_empty",
        "external_id_empty",
        "language_unknown",
        "option_duplicate",
        "answer_unknown",
    }
    assert isinstance(changed(papers.multiple()), MultipleChoice)

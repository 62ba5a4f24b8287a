"""A file that is something else is told what it looks like."""

import pytest

from examsync.bank import service
from examsync.bank.formats.resembling import resembling


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!DOCTYPE html><title>Sign in", "web page"),
        ('<?xml version="1.0"?><quiz>', "XML"),
        ('[{"question": "?"}]', "JSON"),
        ("#Q What?\n^ a\nA a\nB b\n", "opentrivia"),
        ("What?\nA. a\nB. b\nANSWER: B\n", "aiken"),
        ("// a quiz\n::One::What? {=a ~b}\n", "gift"),
        ("What?{T}", "gift"),
        ("Answer;Question\n1;2\n", "csv"),
    ],
)
def test_what_it_looks_like_is_said(text: str, words: str) -> None:
    (problem,) = resembling(text, "other")
    assert words in problem.message
    assert (problem.line, problem.code, problem.severity) == (0, "format_other", "info")


@pytest.mark.parametrize("text", ["", "some words\nand more", "a {b} c", "x,y\n1,2\n"])
def test_what_looks_like_nothing_gets_no_guess(text: str) -> None:
    assert resembling(text, "csv") == []


def test_a_file_looks_like_what_it_is() -> None:
    for format in ("csv", "gift"):
        text = service.sample(format).decode("utf-8-sig")
        assert resembling(text, format) == []


@pytest.mark.parametrize("repeated", ["{=", "{ ", "::", "ANSWER: ", "question", " \n", "#Q"])
def test_nothing_takes_long(repeated: str) -> None:
    resembling(repeated * 500_000, "other")

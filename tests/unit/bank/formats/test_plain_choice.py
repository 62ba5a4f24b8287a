"""Plain texts to an entry."""

from examsync.bank.formats.plain_choice import entry_of
from examsync.bank.question import SingleChoice, TrueFalse
from examsync.bank.report import RowProblem, Severity


def test_the_right_option_is_the_key_and_the_wording_the_name() -> None:
    problems: list[RowProblem] = []
    entry = entry_of(3, "Which?", ["a", "b", "c"], 1, problems)
    assert entry is not None
    question = entry.question
    assert isinstance(question, SingleChoice)
    assert question.answer == question.options[1].id
    assert (question.shuffle, question.external_id[:2], problems) == (True, "h-", [])


def test_true_and_false_are_no_choice() -> None:
    entry = entry_of(1, "Is it?", ["False", "TRUE"], 0, [])
    assert entry is not None
    assert isinstance(entry.question, TrueFalse)
    assert entry.question.answer is False


def test_options_about_others_keep_their_order() -> None:
    entry = entry_of(1, "Which?", ["a", "none of the above"], 0, [])
    assert entry is not None
    assert isinstance(entry.question, SingleChoice)
    assert entry.question.shuffle is False


def test_what_is_unusable_says_why() -> None:
    problems: list[RowProblem] = []
    assert entry_of(7, "", ["a", "a"], 0, problems) is None
    assert [(p.line, p.code, p.severity) for p in problems] == [
        (7, "stem_empty", Severity.ERROR),
        (7, "option_right_and_wrong", Severity.ERROR),
    ]

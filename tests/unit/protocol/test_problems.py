"""Every code has one meaning, and a problem is made from that list alone."""

import msgspec

from protocol.problems import MEANINGS, Code, problem


def test_every_code_has_a_meaning_that_is_a_sentence() -> None:
    assert MEANINGS.keys() == set(Code)
    assert all(m.title[0].isupper() and m.title.endswith(".") for m in MEANINGS.values())


def test_a_problem_takes_title_and_retry_from_the_list() -> None:
    made = problem(Code.PAUSED, "since 14:02", retry_after_ms=5_000, data={"items": ["q1"]})
    assert (made.title, made.retry) == ("The attempt is paused; its clock stands still.", True)
    assert msgspec.json.decode(msgspec.json.encode(made)) == {
        "code": "paused",
        "title": made.title,
        "retry": True,
        "detail": "since 14:02",
        "retry_after_ms": 5_000,
        "data": {"items": ["q1"]},
    }


def test_what_is_not_known_is_left_out() -> None:
    assert msgspec.json.decode(msgspec.json.encode(problem(Code.FROZEN))) == {
        "code": "frozen",
        "title": "This can no longer be changed.",
        "retry": False,
    }

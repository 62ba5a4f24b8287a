"""Tokens that come again: as if they were verified each time."""

import pytest

from examsync.access.believed import Believed
from examsync.access.token import Keys, issue, verify
from examsync.errors import ExamError
from protocol.problems import Code
from tests.unit.access.forge import ANNA, HOUR_MS, KEYS, NOW, token


def code_of(believed: Believed, text: str, now: int = NOW) -> Code:
    with pytest.raises(ExamError) as caught:
        believed.verify(text, now)
    return caught.value.code


def test_who_comes_again_is_the_same_and_remembered_once() -> None:
    believed, text = Believed(KEYS), issue(ANNA, KEYS)
    first = believed.verify(text, NOW)
    assert first == verify(text, KEYS, NOW)
    assert believed.verify(text, NOW + 1) is first
    assert len(believed) == 1


def test_a_remembered_token_expires_and_has_its_beginning_like_any() -> None:
    believed, text = Believed(KEYS), token(nbf=NOW / 1000)
    believed.verify(text, NOW)
    assert code_of(believed, text, NOW - KEYS.leeway_ms - 1) is Code.UNAUTHORIZED
    assert code_of(believed, text, NOW + HOUR_MS + KEYS.leeway_ms) is Code.TOKEN_EXPIRED
    believed.verify(text, NOW + HOUR_MS)


def test_what_is_refused_is_not_remembered() -> None:
    believed = Believed(KEYS)
    good = issue(ANNA, KEYS)
    for bad in ("", "a.b.c", good[:-2], f"{good} ", "\ud800", token(aud="others")):
        assert code_of(believed, bad) is Code.UNAUTHORIZED
    assert len(believed) == 0


def test_a_token_with_one_letter_changed_is_another_one() -> None:
    believed, good = Believed(KEYS), issue(ANNA, KEYS)
    believed.verify(good, NOW)
    for at in range(0, len(good), 7):
        other = "A" if good[at] != "A" else "B"
        assert code_of(believed, good[:at] + other + good[at + 1 :]) is Code.UNAUTHORIZED


def test_keys_that_left_the_ring_are_believed_no_more() -> None:
    text = issue(ANNA, KEYS)
    Believed(KEYS).verify(text, NOW)
    assert code_of(Believed(Keys("2027", {"2027": b"n" * 32})), text) is Code.UNAUTHORIZED


def test_who_was_not_seen_for_longest_is_forgotten() -> None:
    believed = Believed(KEYS, tokens_max=2)
    one, two, three = (token(jti=name) for name in ("one", "two", "three"))
    kept = believed.verify(one, NOW)
    fell = believed.verify(two, NOW)
    believed.verify(one, NOW)
    believed.verify(three, NOW)
    assert len(believed) == 2
    assert believed.verify(one, NOW) is kept
    assert believed.verify(two, NOW) is not fell

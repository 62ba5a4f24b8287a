"""Access codes: the same for the same, different for everything else, typed with forgiveness."""

import itertools

import pytest

from examsync.access.code import (
    CODE_CHARS,
    Place,
    code_of,
    hash_of,
    read_source,
    shown,
    source_of,
    typed,
)
from examsync.access.spelling import ALPHABET

SECRET, OTHER = b"s" * 32, b"t" * 32
PLACE = Place("a-1", "physics", "c-1")


def test_a_code_is_the_same_every_time_and_for_whatever_changes_in_a_place() -> None:
    code = code_of(SECRET, PLACE, 1)
    assert len(code) == CODE_CHARS
    assert set(code) <= set(ALPHABET)
    elsewhere = Place("a-1", "physics", "c-1", "Name", "Hall", "Group", "archived", over=True)
    assert code_of(SECRET, elsewhere, 1) == code


def test_another_key_exam_candidate_or_number_is_another_code() -> None:
    secrets, exams, candidates = (SECRET, OTHER), ("physics", "physic"), ("c-1", "sc-1", "c-12")
    codes = {
        code_of(secret, Place("a", exam, candidate), nth)
        for secret, exam, candidate, nth in itertools.product(
            secrets, exams, candidates, (1, 2, 12)
        )
    }
    assert len(codes) == 2 * 2 * 3 * 3


def test_codes_are_spread_over_all_there_are() -> None:
    codes = [code_of(SECRET, Place("a", "e", f"c-{n}"), 1) for n in range(2_000)]
    assert len(set(codes)) == len(codes)
    for at in range(CODE_CHARS):
        assert {code[at] for code in codes} == set(ALPHABET)


def test_a_hash_is_keyed_and_is_not_the_code() -> None:
    code = code_of(SECRET, PLACE, 1)
    assert hash_of(SECRET, code) != hash_of(OTHER, code)
    assert code.lower() not in hash_of(SECRET, code)


def test_a_long_secret_counts_whole() -> None:
    assert code_of(b"s" * 200, PLACE, 1) != code_of(b"s" * 199 + b"t", PLACE, 1)


def test_what_was_printed_is_what_is_typed() -> None:
    code = code_of(SECRET, PLACE, 1)
    assert shown(code).count("-") == 2
    assert typed(shown(code).lower()) == code


@pytest.mark.parametrize("text", ["", "ABCDEFGHJ", "ABCDEFGHJKM", "ABCDEFGHJU", "A" * 1_000_000])
def test_what_is_no_code_is_none(text: str) -> None:
    assert typed(text) is None


def test_a_source_names_the_attempt_and_the_number() -> None:
    assert read_source(source_of("a0f:x", 12)) == ("a0f:x", 12)
    for other in ("", "password", "key:5", "code:", "code:a", "code:a:", "code:a:x", "code:a:-1"):
        assert read_source(other) is None

"""Receipts and chains: they hold, and nothing about them can be changed."""

import hashlib
import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.attempts import seal
from examsync.attempts.seal import Keys
from examsync.errors import ExamError
from protocol.problems import Code
from tests.builders import (
    CHAIN_KEY,
    KEYS,
    LEASE,
    SALT,
    attempt,
    fact,
    paused,
    saved,
    started,
    told,
)

EFFECT = '{"arrived":1,"digest":"d","late":false,"lease":"1-a","seq":3}'
COMMAND = ("attempt-1", "answer", "q1")
ALPHABET = "ABab01-_.=+/ \n\x00é"


def token(effect: str = EFFECT, keys: Keys = KEYS) -> str:
    """A receipt of ours."""
    return seal.receipt(keys, *COMMAND, effect)


def refused(text: str, command: tuple[str, str, str] = COMMAND, keys: Keys = KEYS) -> bool:
    """Whether a receipt is not believed; it fails in no other way."""
    try:
        seal.effect_of(keys, text, *command)
    except ExamError as error:
        return error.code is Code.BAD_RECEIPT
    return False


@given(st.text(), st.text(), st.text(), st.text())
def test_a_receipt_proves_what_was_done(attempt_: str, kind: str, id_: str, effect: str) -> None:
    text = seal.receipt(KEYS, attempt_, kind, id_, effect)
    assert seal.effect_of(KEYS, text, attempt_, kind, id_) == effect


def test_every_changed_character_is_noticed() -> None:
    text = token()
    for at, other in itertools.product(range(len(text)), ALPHABET):
        if text[at] != other:
            assert refused(text[:at] + other + text[at + 1 :]), (at, other)


def test_every_added_or_missing_character_is_noticed() -> None:
    text = token()
    for at in range(len(text)):
        assert refused(text[:at] + text[at + 1 :]), at
    for at, more in itertools.product(range(len(text) + 1), ALPHABET):
        assert refused(text[:at] + more + text[at:]), (at, more)


@pytest.mark.parametrize("at", range(3))
def test_a_receipt_of_something_else_is_refused(at: int) -> None:
    for other in ("", "x", COMMAND[at] + " ", COMMAND[at].upper()):
        command = list(COMMAND)
        command[at] = other
        assert refused(token(), (command[0], command[1], command[2]))


def test_the_fields_cannot_be_shifted_into_each_other() -> None:
    text = seal.receipt(KEYS, "ab", "c", "d", EFFECT)
    assert refused(text, ("a", "bc", "d"))
    assert refused(text, ("ab", "cd", ""))


def test_an_effect_cannot_be_swapped() -> None:
    one, other = token().split("."), token(EFFECT.replace("false", "true")).split(".")
    assert refused(".".join([one[0], other[1], one[2]]))
    assert refused(".".join([one[0], one[1], other[2]]))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "2", "2.", "2..", "2.e30", "x.e30.AAAA", "2.\ud800.AA", "2.ÿ.AA"]
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    assert refused(text)


@given(st.text(max_size=80))
def test_whatever_is_sent_as_a_receipt_is_refused_in_words(text: str) -> None:
    assert refused(text)


# --- keys -----------------------------------------------------------------------------------------


def test_receipts_outlive_a_change_of_keys() -> None:
    old = structs.replace(KEYS, current="1")
    assert token(keys=old).startswith("1.")
    assert token().startswith("2.")
    assert seal.effect_of(KEYS, token(keys=old), *COMMAND) == EFFECT
    assert seal.effect_of(old, token(), *COMMAND) == EFFECT


def test_a_key_that_was_taken_away_signs_nothing() -> None:
    only_new = Keys(CHAIN_KEY, {"2": KEYS.receipts["2"]}, "2")
    assert refused(token(keys=structs.replace(KEYS, current="1")), keys=only_new)


def test_a_key_cannot_pose_as_another() -> None:
    assert refused("1" + token()[1:])
    impostor = Keys(CHAIN_KEY, {"2": b"somebody else's"}, "2")
    assert refused(token(keys=impostor))


def test_the_id_of_a_key_may_have_dots() -> None:
    dotted = Keys(CHAIN_KEY, {"2026.a": b"k"}, "2026.a")
    assert seal.effect_of(dotted, token(keys=dotted), *COMMAND) == EFFECT


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = [seal.derive(b"secret", purpose) for purpose in ("chain", "receipt", "order")]
    assert len(set(keys)) == 3
    assert {len(key) for key in keys} == {32}
    assert seal.derive(b"another", "chain") != keys[0]


# --- chains ---------------------------------------------------------------------------------------


def test_the_hash_covers_everything_in_a_fact() -> None:
    of = told(attempt(), started())
    whole = fact(of, saved(), command="answer", effect=EFFECT)
    changed = [
        structs.replace(whole, attempt="a2"),
        structs.replace(whole, epoch=2),
        structs.replace(whole, n=3),
        structs.replace(whole, prev="00"),
        structs.replace(whole, at=whole.at + 1),
        structs.replace(whole, by="examiner:1"),
        structs.replace(whole, body=saved(seq=2)),
        structs.replace(whole, body=paused(1)),
        structs.replace(whole, command="start"),
        structs.replace(whole, effect=""),
    ]
    hashes = [seal.fact_hash(CHAIN_KEY, each, SALT) for each in changed]
    assert len({whole.hash, *hashes}) == len(changed) + 1


def test_the_hash_covers_every_field_of_an_answer() -> None:
    whole = saved()
    changed = [
        structs.replace(whole, item="q6"),
        structs.replace(whole, lease="x"),
        structs.replace(whole, seq=9),
        structs.replace(whole, digest="x"),
        structs.replace(whole, response=None),
        structs.replace(whole, arrived=1),
        structs.replace(whole, late=True),
        structs.replace(whole, flag=True),
        structs.replace(whole, spent_ms=0),
        structs.replace(whole, replayed=True),
    ]
    assert len(changed) == len(whole.__struct_fields__)
    hashes = {fact(attempt(), body).hash for body in [whole, *changed]}
    assert len(hashes) == len(changed) + 1


def test_the_hash_is_keyed_and_says_nothing_of_itself() -> None:
    whole = fact(attempt(), started())
    assert seal.fact_hash(b"another key", whole, SALT) != whole.hash
    assert seal.seal(CHAIN_KEY, structs.replace(whole, hash="x"), SALT) == whole


def test_every_attempt_begins_a_chain_of_its_own() -> None:
    assert seal.genesis(CHAIN_KEY, "a1") != seal.genesis(CHAIN_KEY, "a2")
    assert seal.genesis(CHAIN_KEY, "a1") != seal.genesis(b"another", "a1")
    first = fact(attempt(), started())
    assert first.prev == seal.genesis(CHAIN_KEY, first.attempt)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", 1), (1, 1.0), (True, 1), (None, "null"), (["a", "b"], ["b", "a"]), ("a", ["a"])],
)
def test_a_digest_tells_responses_apart(one: object, other: object) -> None:
    assert seal.digest(one, False) != seal.digest(other, False)
    assert seal.digest(one, True) != seal.digest(one, False)


def test_terms_of_nothing_are_nothing() -> None:
    assert seal.terms("") == {}
    assert seal.terms(EFFECT)["lease"] == "1-a"
    assert LEASE not in EFFECT


@given(st.text(max_size=2 * seal.COMMON_CHARS_MAX), st.booleans())
def test_a_digest_that_is_remembered_is_that_of_the_response(text: str, flag: bool) -> None:
    said = msgspec.json.encode((text, flag))
    expected = hashlib.blake2b(said, digest_size=seal.HASH_BYTES).hexdigest()
    assert seal.digest(text, flag) == seal.digest(text, flag) == expected

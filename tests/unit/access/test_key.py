"""API keys: how they look, what they may be, who speaks with one."""

import pytest
from msgspec import structs

from examsync.access.key import (
    KEY_CHARS,
    NEVER,
    RANDOM_BITS,
    ApiKey,
    checked,
    hash_of,
    identity_of,
    is_key,
    key_text,
)
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Role

NOW = 1_800_000_000_000
KEY = ApiKey("k1", "portal", Role.EXAMINER, "admin:root", NOW, ("physics",), ("east",))


def test_a_key_is_long_random_and_known_by_its_beginning() -> None:
    texts = {key_text(number) for number in (0, 1, 2**RANDOM_BITS - 1, 2 ** (RANDOM_BITS - 1))}
    assert len(texts) == 4
    assert {len(text) for text in texts} == {KEY_CHARS}
    assert all(is_key(text) for text in texts)
    assert RANDOM_BITS >= 256


def test_a_token_is_no_key() -> None:
    assert not is_key("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")


def test_a_hash_tells_nothing_and_bears_any_text() -> None:
    text = key_text(7)
    assert text[4:] not in hash_of(text)
    assert hash_of(text) != hash_of(text[:-1])
    assert hash_of("esk_\ud800")


def test_an_examiners_key_speaks_within_its_scope() -> None:
    who = identity_of(checked(KEY, NOW))
    assert (who.subject, who.role, who.source) == ("key:k1", Role.EXAMINER, "key:k1")
    assert who.exams == {"physics"}
    assert who.halls == {"east"}
    assert who.expires_at == NEVER


def test_an_admins_key_is_for_all_and_ends_when_it_says() -> None:
    key = ApiKey("k2", "sync", Role.ADMIN, "admin:root", NOW, expires_at=NOW + 5)
    who = identity_of(checked(key, NOW))
    assert who.exams == who.halls == frozenset()
    assert who.expires_at == NOW + 5


@pytest.mark.parametrize(
    "change",
    [
        {"role": Role.CANDIDATE},
        {"exams": ()},
        {"role": Role.ADMIN},
        {"expires_at": NOW},
        {"name": ""},
        {"exams": ("not an id",)},
        {"halls": ("",)},
    ],
)
def test_what_cannot_be_a_key_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ExamError) as caught:
        checked(structs.replace(KEY, **change), NOW)
    assert caught.value.code is Code.BAD_REQUEST

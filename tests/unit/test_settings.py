"""The settings themselves: few, described, bounded, and silent about their values."""

import pytest
from msgspec import structs

from examsync.config import KEYS, Config
from examsync.settings import Auth, Redis
from examsync.sources import Key, metas_of

PER_SECTION_MAX = 11


def test_there_are_no_more_than_sixty_keys() -> None:
    assert len(KEYS) <= 60
    for field in structs.fields(Config):
        assert sum(key.section == field.name for key in KEYS) <= PER_SECTION_MAX


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_says_in_a_sentence_what_it_means(key: Key) -> None:
    assert key.meaning
    assert len(key.meaning) <= 100


NUMBERS = [key for key in KEYS if type(key.default) in (int, float)]


@pytest.mark.parametrize("key", NUMBERS, ids=lambda key: key.path)
def test_every_number_has_a_least_value_and_its_unit_in_its_name(key: Key) -> None:
    assert any(meta.ge is not None for meta in metas_of(key.type))
    counts = {"port", "processes", "partitions", "connection_burst", "candidate_burst"}
    units = ("_s", "_ms", "_max", "_per_minute")
    assert key.name.endswith(units) or key.name in counts


def test_every_secret_is_marked() -> None:
    marked = {key.path for key in KEYS if key.secret}
    assert marked == {
        "redis.url",
        "postgres.url",
        "auth.secret",
        "auth.previous",
        "auth.receipt_secret",
        "metrics.token",
    }


def test_a_section_in_a_log_line_names_keys_and_shows_no_values() -> None:
    auth = Auth(secret="hush" * 10, token_life_s=60)
    assert repr(auth) == "Auth(changed: secret, token_life_s)"
    assert "hush" not in repr(Config(auth=auth))
    assert repr(Redis()) == "Redis(changed: nothing)"

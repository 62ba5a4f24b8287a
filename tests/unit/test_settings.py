"""The settings themselves: few, described, bounded, and silent about their values."""

import re
from pathlib import Path

import pytest
from msgspec import structs

import examsync
from examsync.config import KEYS, Config
from examsync.settings import Auth, Issuer, Redis
from examsync.sources import Key, keys_of, metas_of
from protocol.types import Role

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


SOURCES = [
    (path, path.read_text(encoding="utf-8"))
    for path in Path(examsync.__file__).parent.rglob("*.py")
    if path.name != "settings.py"
]


def reads(source: str, key: Key) -> bool:
    """Whether a file reads a key: by its whole name, or of a section that it imports."""
    if re.search(rf"\b{key.section}\.{key.name}\b", source):
        return True
    section = key.section.capitalize()
    given = re.search(rf"from examsync\.settings import [^)]*?\b{section}\b", source)
    return given is not None and re.search(rf"\.{key.name}\b", source) is not None


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_is_read_by_somebody(key: Key) -> None:
    # What config.py itself looks at is checked there, not obeyed; but that it is a demo is.
    checks_only = {"config.py"} if key.path != "server.demo" else set()
    assert [path for path, text in SOURCES if path.name not in checks_only and reads(text, key)]


def test_a_key_that_only_looks_as_if_it_were_read_is_found_out() -> None:
    key = next(key for key in KEYS if key.path == "flush.facts_max")
    assert reads("batch_max=config.flush.facts_max,", key)
    assert reads("from examsync.settings import Auth, Flush\nsettings.facts_max", key)
    assert not reads("from examsync.settings import Auth\nsettings.facts_max", key)
    assert not reads("config.flush.interval_ms, other.facts_max", key)


def test_every_secret_is_marked() -> None:
    marked = {key.path for key in KEYS if key.secret}
    assert marked == {
        "redis.url",
        "postgres.url",
        "auth.secret",
        "auth.previous",
        "auth.receipt_secret",
        "auth.receipt_keys",
        "auth.issuers",
        "metrics.token",
    }


def test_a_section_in_a_log_line_names_keys_and_shows_no_values() -> None:
    auth = Auth(secret="hush" * 10, token_life_s=60)
    assert repr(auth) == "Auth(changed: secret, token_life_s)"
    assert "hush" not in repr(Config(auth=auth))
    assert repr(Redis()) == "Redis(changed: nothing)"


def test_an_issuer_in_a_log_line_is_its_name() -> None:
    issuer = Issuer("https://a", "x", ("HS256",), {"*": Role.CANDIDATE}, secret="hush" * 10)
    assert repr(issuer) == "Issuer(https://a)"


@pytest.mark.parametrize("key", keys_of("auth.issuers", Issuer), ids=lambda key: key.name)
def test_everything_an_issuer_may_say_has_a_meaning(key: Key) -> None:
    assert key.meaning
    assert len(key.meaning) <= 100

"""The configuration as a whole: what loads, what contradicts itself, what is unsafe."""

from pathlib import Path

import pytest

from examsync.config import KEYS, Config, contradictions, load, load_config, refuse_unsafe
from examsync.settings import DEFAULT_SECRET
from examsync.sources import BadConfig
from protocol.types import LatePolicy

SAFE = {"auth.secret": "s" * 40, "auth.receipt_secret": "r" * 40}


def test_nothing_given_is_the_defaults() -> None:
    loaded = load(None, {}, {})
    assert loaded.config == Config()
    assert set(loaded.sources.values()) == {"default"}
    assert set(loaded.sources) == {key.path for key in KEYS}


def test_the_defaults_are_the_sizes_the_design_gives() -> None:
    config = Config()
    assert config.exam.grace_ms == 5_000
    assert config.exam.late_policy is LatePolicy.KEEP_MARKED
    assert config.redis.partitions == 8
    assert config.redis.timeout_ms == 1_000
    assert config.limits.body_bytes_max == 65_536
    assert config.flush.interval_ms <= 2_000
    monitor = config.monitor
    assert (monitor.late_s, monitor.silent_s, monitor.away_s) == (15, 25, 40)


def test_a_file_variables_and_flags_come_together(tmp_path: Path) -> None:
    file = tmp_path / "examsync.toml"
    file.write_text("[server]\nport = 1\nhost = '::1'\n[exam]\nlate_policy = 'accept'\n")
    environ = {"PORT": "2", "EXAMSYNC_DATABASE_URL": "postgresql://db/x"}
    loaded = load(str(file), environ, {"log.level": "debug"})
    assert loaded.config.server.port == 2
    assert loaded.config.server.host == "::1"
    assert loaded.config.exam.late_policy is LatePolicy.ACCEPT
    assert loaded.config.postgres.url == "postgresql://db/x"
    assert loaded.sources["server.port"] == "environment PORT"
    assert loaded.sources["server.host"] == f"file {file}"
    assert loaded.sources["log.level"] == "flag"
    assert load_config(str(file), environ, {"log.level": "debug"}) == loaded.config


def test_our_own_database_variable_beats_the_platforms() -> None:
    environ = {"EXAMSYNC_DATABASE_URL": "postgresql://ours", "DATABASE_URL": "postgresql://theirs"}
    assert load_config(None, environ, {}).postgres.url == "postgresql://ours"


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        load("/no/such/file.toml", {}, {})


def test_the_defaults_do_not_contradict_themselves() -> None:
    assert contradictions(Config()) == []


@pytest.mark.parametrize(
    ("flags", "key"),
    [
        ({"monitor.late_s": 25}, "monitor"),
        ({"monitor.heartbeat_period_s": 20}, "monitor"),
        ({"monitor.away_s": 10}, "monitor"),
        ({"monitor.violations_ms": 300}, "monitor.violations_ms"),
        ({"auth.previous": {"1": "p" * 40}}, "auth.previous"),
        ({"auth.receipt_secret": DEFAULT_SECRET}, "auth.receipt_secret"),
        (SAFE | {"auth.previous": {"0": "r" * 40}}, "auth.receipt_secret"),
        (SAFE | {"auth.receipt_keys": {"2": "s" * 40}}, "auth.receipt_keys"),
        (SAFE | {"auth.receipt_keys": {"1": "k" * 40}}, "auth.receipt_keys"),
        (SAFE | {"auth.receipt_key_id": "2"}, "auth.receipt_key_id"),
    ],
)
def test_values_that_cannot_hold_together_are_refused_by_name(
    flags: dict[str, object], key: str
) -> None:
    with pytest.raises(BadConfig) as caught:
        load_config(None, {}, flags)
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith(key)


def test_each_default_secret_is_refused_outside_a_demo() -> None:
    refuse_unsafe(load_config(None, {}, SAFE))
    for left_out in SAFE:
        flags = {key: value for key, value in SAFE.items() if key != left_out}
        with pytest.raises(BadConfig) as caught:
            refuse_unsafe(load_config(None, {}, flags))
        assert [fault.split()[0] for fault in caught.value.faults] == [left_out]


def test_the_default_secret_is_refused_as_an_earlier_key_too() -> None:
    flags = SAFE | {"auth.previous": {"0": DEFAULT_SECRET}}
    with pytest.raises(BadConfig, match=r"auth\.secret"):
        refuse_unsafe(load_config(None, {}, flags))


def test_a_demo_may_use_the_defaults() -> None:
    refuse_unsafe(load_config(None, {"EXAMSYNC_SERVER_DEMO": "true"}, {}))

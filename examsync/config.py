"""The configuration: all sections together, loaded, checked, and with the source of each value.

Called by the commands, once. Precedence: flags, environment, file, defaults. The environment
says `EXAMSYNC_<SECTION>_<KEY>`, or that with `_FILE` for the secrets.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from examsync.settings import (
    DEFAULT_RECEIPT_SECRET,
    DEFAULT_SECRET,
    Auth,
    Events,
    Exam,
    Flush,
    Limits,
    Log,
    Metrics,
    Monitor,
    Postgres,
    Redis,
    Server,
    Webhooks,
)
from examsync.sources import BadConfig, Key, gather, keys_of
from examsync.trusting import issuer_faults, origin_faults

FIRST_RECEIPT_KEY = "1"
"""The id of the receipt key that `auth.receipt_secret` gives."""

ALIASES = {
    "PORT": "server.port",
    "DATABASE_URL": "postgres.url",
    "EXAMSYNC_DATABASE_URL": "postgres.url",
}
"""Variables that platforms and people expect besides the regular ones; the later wins."""


class Config(Struct, frozen=True):
    """All sections. `Config()` holds the defaults; `load_config` is how to get another."""

    server: Server = Server()
    redis: Redis = Redis()
    postgres: Postgres = Postgres()
    auth: Auth = Auth()
    exam: Exam = Exam()
    limits: Limits = Limits()
    monitor: Monitor = Monitor()
    flush: Flush = Flush()
    events: Events = Events()
    webhooks: Webhooks = Webhooks()
    log: Log = Log()
    metrics: Metrics = Metrics()


class Loaded(Struct, frozen=True):
    """A configuration and, per key (`redis.url`), where its value came from."""

    config: Config
    sources: dict[str, str]


KEYS: list[Key] = [
    key for field in msgspec.structs.fields(Config) for key in keys_of(field.name, field.type)
]


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def load(
    path: str | None,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    *,
    read: Callable[[str], str] = _read,
) -> Loaded:
    """The configuration from a TOML file (if any), variables and flags (`{"redis.url": ...}`).

    Raises BadConfig with all faults at once: unknown keys, wrong types, ranges, contradictions.
    """
    file = None
    if path is not None:
        try:
            file = (path, read(path))
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig([f"file {path}: cannot be read: {error}"]) from None
    found = gather(KEYS, ALIASES, file=file, environ=environ, flags=flags, read=read)
    sections: dict[str, Any] = {
        field.name: field.type(
            **{key.name: found[key.path].value for key in KEYS if key.section == field.name}
        )
        for field in msgspec.structs.fields(Config)
    }
    config = Config(**sections)
    if faults := contradictions(config):
        raise BadConfig(faults)
    return Loaded(config, {path: setting.source for path, setting in found.items()})


def load_config(
    path: str | None, environ: Mapping[str, str], flags: Mapping[str, object]
) -> Config:
    """`load` without the sources."""
    return load(path, environ, flags).config


def contradictions(config: Config) -> list[str]:
    """Values that are each allowed but cannot be true together."""
    monitor, auth = config.monitor, config.auth
    faults = []
    steps = (monitor.heartbeat_period_s, monitor.late_s, monitor.silent_s, monitor.away_s)
    if not all(low < high for low, high in pairwise(steps)):
        faults.append(
            "monitor: heartbeat_period_s < late_s < silent_s < away_s must hold, "
            f"but they are {steps}"
        )
    if monitor.violations_ms > monitor.coalesce_ms:
        faults.append("monitor.violations_ms: violations would come later than ordinary rows")
    if auth.key_id in auth.previous:
        faults.append(f"auth.previous: {auth.key_id!r} is the current key_id; rename one of them")
    faults += _receipt_faults(auth)
    return [*faults, *issuer_faults(auth), *origin_faults(config.server.origins)]


def _receipt_faults(auth: Auth) -> list[str]:
    """What is wrong with the keys of receipts."""
    faults = []
    tokens = {auth.secret, *auth.previous.values()}
    if auth.receipt_secret in tokens:
        faults.append("auth.receipt_secret: it must not be a key that signs tokens")
    if not tokens.isdisjoint(auth.receipt_keys.values()):
        faults.append("auth.receipt_keys: none of them may be a key that signs tokens")
    if FIRST_RECEIPT_KEY in auth.receipt_keys:
        faults.append(
            f"auth.receipt_keys: {FIRST_RECEIPT_KEY!r} is the key that comes from receipt_secret"
        )
    known = {FIRST_RECEIPT_KEY, *auth.receipt_keys}
    if auth.receipt_key_id not in known:
        faults.append(
            f"auth.receipt_key_id: there is no key {auth.receipt_key_id!r}; use one of: "
            + ", ".join(sorted(known))
        )
    return faults


def refuse_unsafe(config: Config) -> None:
    """Raise BadConfig when a default secret is in use and this is not a demo."""
    if config.server.demo:
        return
    how = "set it, e.g. to the output of `openssl rand -base64 33`, or set server.demo"
    faults = []
    if DEFAULT_SECRET in (config.auth.secret, *config.auth.previous.values()):
        faults.append(f"auth.secret is the public default, so anybody could make tokens: {how}")
    if DEFAULT_RECEIPT_SECRET in (config.auth.receipt_secret, *config.auth.receipt_keys.values()):
        faults.append(f"auth.receipt_secret is the public default: {how}")
    if faults:
        raise BadConfig(faults)

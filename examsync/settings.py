"""Every setting: one frozen Struct per section, each key with type, range, default and meaning.

Read by `examsync.config`; whoever is built from a section is handed that section. A new key must
delete a constant or be refused: 60 in all at most. Units are in the names.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from protocol.types import LatePolicy, Role, TakeoverPolicy

DEFAULT_SECRET = "insecure-default-secret-of-examsync-change-it"
DEFAULT_RECEIPT_SECRET = "insecure-default-receipt-secret-of-examsync-change-it"
"""Both are public, good for a demo only; `config.refuse_unsafe` says so."""


def _says(meaning: str, **limits: Any) -> Meta:
    return Meta(description=meaning, **limits)


_WHOLE = {"secret": "whole"}
_URL = {"secret": "url"}
_Secret = Annotated[str, Meta(min_length=32, extra=_WHOLE)]


class Section(Struct, frozen=True):
    """What sections share: a repr that names no values, as it may end up in a log."""

    def __repr__(self) -> str:
        """The names of the keys that differ from their defaults."""
        changed = [
            field.name
            for field in msgspec.structs.fields(self)
            if getattr(self, field.name) != getattr(type(self)(), field.name)
        ]
        return f"{type(self).__name__}(changed: {', '.join(changed) or 'nothing'})"


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    JSON = "json"
    PRETTY = "pretty"


class LogLevel(StrEnum):
    """The least weighty lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Server(Section, frozen=True):
    """The sockets and the HTTP API."""

    host: Annotated[str, _says("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, _says("Port to listen on; 0 takes a free one.", ge=0, le=65_535)] = 8000
    processes: Annotated[int, _says("Serving processes that share the port.", ge=1, le=64)] = 1
    demo: Annotated[bool, _says("A demonstration: the default secrets are accepted.")] = False
    origins: Annotated[
        tuple[str, ...], _says("Origins of pages that may connect, besides this server's own.")
    ] = ()
    proxies: Annotated[
        tuple[str, ...], _says("Addresses of proxies whose X-Forwarded-For is believed.")
    ] = ()
    lane: Annotated[
        bool, _says("Sockets are served below ASGI; false: through it, the same but slower.")
    ] = True
    drain_s: Annotated[
        int, _says("How long a process that stops waits for its connections to go.", ge=1, le=600)
    ] = 20
    drain_jitter_ms: Annotated[
        int, _says("Clients told to leave come back spread over this time.", ge=0, le=60_000)
    ] = 5_000


class Redis(Section, frozen=True):
    """Where open attempts live."""

    url: Annotated[str, _says("redis://, rediss:// or unix://", extra=_URL)] = (
        "redis://127.0.0.1:6379/0"
    )
    timeout_ms: Annotated[
        int, _says("A write without reply for so long is of unknown fate.", ge=100, le=10_000)
    ] = 1_000
    partitions: Annotated[
        int, _says("Slices of attempts, each with its log. Fixed at install.", ge=1, le=64)
    ] = 8
    accept_everysec: Annotated[
        bool, _says("Accept `appendfsync everysec`: a crash may lose a second of acked answers.")
    ] = False


class Postgres(Section, frozen=True):
    """Where everything ends up."""

    url: Annotated[str, _says("postgresql://user:password@host/database", extra=_URL)] = (
        "postgresql://127.0.0.1:5432/examsync"
    )
    connections_max: Annotated[int, _says("Connections per process.", ge=2, le=100)] = 10
    statement_timeout_ms: Annotated[
        int, _says("A statement that takes longer is given up.", ge=100, le=600_000)
    ] = 10_000


Algorithm = Literal["RS256", "ES256", "EdDSA", "HS256"]


class Issuer(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody else whose tokens are believed: one table `[[auth.issuers]]` for each.

    Keys come from exactly one of `jwks_url`, `jwks_file` and `secret`. Names of claims are whole
    names, or paths into objects (`realm_access.roles`). An admin's token needs no exams.
    """

    issuer: Annotated[str, _says("The `iss` of its tokens, to the letter.", min_length=1)]
    audience: Annotated[str, _says("The `aud` its tokens have for this server.", min_length=1)]
    algorithms: Annotated[
        tuple[Algorithm, ...],
        _says("What it signs with; a token's own word decides nothing.", min_length=1),
    ]
    roles: Annotated[
        dict[str, Role], _says("Its roles, as ours; '*' is any other, or none.", min_length=1)
    ]
    jwks_url: Annotated[str, _says("https:// where its public keys are read (JWKS).")] = ""
    jwks_file: Annotated[str, _says("Or a file that holds them; it is read again.")] = ""
    secret: Annotated[str, _says("Or the key shared with it (HS256); at least 32 bytes.")] = ""
    subject: Annotated[str, _says("The claim that is the candidate's id.", min_length=1)] = "sub"
    role: Annotated[str, _says("The claim that is translated by `roles`.")] = "role"
    name: Annotated[str, _says("The claim that screens show.")] = "name"
    exams: Annotated[str, _says("The claim that lists ids of exams.")] = "exams"
    halls: Annotated[str, _says("The claim that keeps an examiner to halls.")] = "halls"
    life_s_max: Annotated[
        int, _says("A token made to live longer is refused.", ge=60, le=2_592_000)
    ] = 86_400

    def __repr__(self) -> str:
        """Its name alone: a repr may end up in a log."""
        return f"Issuer({self.issuer})"


class Auth(Section, frozen=True):
    """Tokens and receipts."""

    secret: Annotated[_Secret, _says("Signs access tokens; at least 32 bytes.")] = DEFAULT_SECRET
    key_id: Annotated[str, _says("Name (kid) of that key.", min_length=1, max_length=64)] = "1"
    previous: Annotated[
        dict[str, _Secret], _says("Earlier keys still believed, by kid.", extra=_WHOLE)
    ] = {}
    receipt_secret: Annotated[
        _Secret, _says("Keys the chain of facts, and receipts (key 1). Keep it: no rotation.")
    ] = DEFAULT_RECEIPT_SECRET
    receipt_keys: Annotated[
        dict[str, _Secret],
        _says(
            "More keys for receipts, by id. All processes know one before it signs.", extra=_WHOLE
        ),
    ] = {}
    receipt_key_id: Annotated[
        str, _says("The key that signs new receipts.", min_length=1, max_length=64)
    ] = "1"
    issuer: Annotated[str, _says("The `iss` of tokens.", min_length=1)] = "examsync"
    audience: Annotated[str, _says("The `aud` of tokens.", min_length=1)] = "examsync"
    token_life_s: Annotated[
        int, _says("How long a token from signing in is good.", ge=60, le=2_592_000)
    ] = 43_200
    leeway_s: Annotated[int, _says("Clock difference forgiven.", ge=0, le=300)] = 30
    issuers: Annotated[
        tuple[Issuer, ...],
        _says("Others whose tokens are believed.", max_length=10, extra=_WHOLE),
    ] = ()


class Exam(Section, frozen=True):
    """What an exam starts from; each exam may say otherwise."""

    grace_ms: Annotated[
        int, _says("Answers under way at the deadline are awaited so long.", ge=0, le=60_000)
    ] = 5_000
    late_policy: Annotated[LatePolicy, _says("What becomes of answers after that.")] = (
        LatePolicy.KEEP_MARKED
    )
    takeover: Annotated[TakeoverPolicy, _says("What a second device meets.")] = (
        TakeoverPolicy.AT_ONCE
    )


class Limits(Section, frozen=True):
    """What one client, and all of them, may ask of a process."""

    body_bytes_max: Annotated[int, _says("One message or HTTP body.", ge=32_768, le=16_777_216)] = (
        65_536
    )
    connections_max: Annotated[int, _says("Connections per process.", ge=1, le=1_000_000)] = 20_000
    connects_per_s: Annotated[
        float, _says("New connections a process admits; others come back.", ge=1, le=100_000)
    ] = 500
    namespace_wait_s: Annotated[
        int, _says("A connection that joins no namespace is closed after this.", ge=1, le=60)
    ] = 10
    connection_per_s: Annotated[
        float, _says("Messages of one connection, on the long run.", ge=1, le=10_000)
    ] = 20
    connection_burst: Annotated[int, _says("And at once, after a rest.", ge=1, le=100_000)] = 100
    candidate_per_s: Annotated[
        float, _says("Messages of one candidate over all connections.", ge=1, le=10_000)
    ] = 20
    candidate_burst: Annotated[int, _says("And at once, after a rest.", ge=1, le=100_000)] = 200
    sign_ins_per_minute: Annotated[
        int, _says("Wrong passwords forgiven per login; per address twenty times.", ge=1)
    ] = 10
    queue_bytes_max: Annotated[
        int, _says("Unsent bytes after which a slow reader is cut.", ge=65_536, le=1_073_741_824)
    ] = 4_194_304
    queue_wait_s: Annotated[
        int, _says("A reader that takes nothing for so long is cut.", ge=1, le=300)
    ] = 20


class Monitor(Section, frozen=True):
    """What examiners see, and how soon."""

    heartbeat_period_s: Annotated[
        int, _says("Clients send a heartbeat so often (with jitter).", ge=1, le=60)
    ] = 10
    late_s: Annotated[int, _says("No frame for so long: late.", ge=2, le=600)] = 15
    silent_s: Annotated[int, _says("No frame for so long: silent.", ge=3, le=600)] = 25
    away_s: Annotated[int, _says("No frame for so long: away.", ge=4, le=600)] = 40
    coalesce_ms: Annotated[
        int, _says("Rows that changed are sent together so often.", ge=50, le=5_000)
    ] = 250
    violations_ms: Annotated[
        int, _says("Violations and raised hands wait no longer than this.", ge=0, le=1_000)
    ] = 50


class Flush(Section, frozen=True):
    """From Redis to Postgres."""

    interval_ms: Annotated[int, _says("A flush starts so often.", ge=50, le=2_000)] = 1_000
    facts_max: Annotated[int, _says("Facts in one transaction.", ge=1, le=10_000)] = 500


class Events(Section, frozen=True):
    """What programs elsewhere hear of."""

    keep_s: Annotated[
        int, _says("How long an event can be read again.", ge=172_800, le=31_536_000)
    ] = 2_592_000


class Webhooks(Section, frozen=True):
    """Events that are sent to others."""

    allow_insecure_hosts: Annotated[
        tuple[str, ...],
        _says("host or host:port that may be called by plain HTTP, and at private addresses."),
    ] = ()


class Log(Section, frozen=True):
    """What the processes say."""

    level: Annotated[LogLevel, _says("The least weighty lines written.")] = LogLevel.INFO
    format: Annotated[LogFormat, _says("auto: pretty on a terminal, JSON lines elsewhere.")] = (
        LogFormat.AUTO
    )


class Metrics(Section, frozen=True):
    """Figures for Prometheus."""

    token: Annotated[
        str, _says("Bearer token /metrics asks for; empty: open to all.", extra=_WHOLE)
    ] = ""
    directory: Annotated[
        str, _says("Where processes share figures; emptied at start. Empty: a temporary one.")
    ] = ""

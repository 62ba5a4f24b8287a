"""Access tokens: signed JWTs (RFC 7519) turned into an `Identity` and back.

Key material and the time are handed in. Called by the edges at connect, by the service at sign
in and by `examsync token`. The checks follow RFC 8725 (JSON Web Token best current practices).
"""

from typing import Annotated

import jwt
import msgspec
from msgspec import Meta, Struct

from examsync.access.hs256 import ALGORITHM, Jws
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Id, Role

KEY_BYTES_MIN = 32
"""RFC 7518, 3.2: a key for HS256 is at least as long as its hash."""

TOKEN_BYTES_MAX = 16_384
"""Room for 100 exams of 64 characters, 50 halls and a name; longer is refused unparsed."""

TOKEN_LIFE_MS_MAX = 30 * 24 * 3_600_000
"""No token outlives a month, so a revocation older than that can be forgotten."""

EXAMS_MAX = 100
HALLS_MAX = 50
SOURCE_CHARS_MAX = 200
_HEADERS_KNOWN = frozenset({"alg", "typ", "kid"})
_TYP = "access"

Hall = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(max_length=200)]
Exams = Annotated[list[Id], Meta(max_length=EXAMS_MAX)]
Halls = Annotated[list[Hall], Meta(max_length=HALLS_MAX)]
_Seconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]  # the last second of the year 9999


class Identity(Struct, frozen=True):
    """Who speaks, as a verified token says. Times are milliseconds since 1970 UTC.

    `exams`: the exams it is for; for an admin it is empty and means all. `halls`: the halls an
    examiner is kept to; empty means every hall of those exams.
    """

    subject: str
    role: Role
    exams: frozenset[str]
    halls: frozenset[str]
    issued_at: int
    expires_at: int
    jti: str
    name: str = ""
    source: str = ""
    """What signed it in: `password`, `code:<attempt>:<nth>`, `key:<id>`; "" when it was issued."""
    signed_in_at: int = 0
    """When that was; renewing carries it over. 0 when it was issued."""


class Keys(Struct, frozen=True):
    """The key ring: `current` is the kid that signs; `all` holds every kid that is still believed.

    To rotate: add the new key under a new kid, make it current, drop the old one when its last
    token has expired. A token without a kid is held against the current key.
    """

    current: str
    all: dict[str, bytes]
    issuer: str = "examsync"
    audience: str = "examsync"
    leeway_ms: int = 30_000

    def __post_init__(self) -> None:
        """Refuse a ring that could not sign, or would sign weakly."""
        if self.current not in self.all:
            raise ValueError(f"the current key {self.current!r} is not in the ring")
        for kid, key in self.all.items():
            if len(key) < KEY_BYTES_MIN:
                raise ValueError(f"key {kid!r} has {len(key)} bytes; at least {KEY_BYTES_MIN}")


class _Claims(Struct, frozen=True, omit_defaults=True):
    """The payload. Everything without a default must be there."""

    iss: str
    aud: str | list[str]
    sub: Id
    role: Role
    typ: str
    jti: Id
    iat: _Seconds
    exp: _Seconds
    nbf: _Seconds = 0
    name: Name = ""
    exams: Exams = []
    halls: Halls = []
    src: Annotated[str, Meta(max_length=SOURCE_CHARS_MAX)] = ""
    auth_time: _Seconds = 0


_JWS = Jws()
_CLAIMS = msgspec.json.Decoder(_Claims)


def issue(identity: Identity, keys: Keys) -> str:
    """A token that `verify` turns back into `identity`.

    Raises ValueError for an identity that `verify` would refuse, so it is noticed here.
    """
    claims = _Claims(
        iss=keys.issuer,
        aud=keys.audience,
        sub=identity.subject,
        role=identity.role,
        typ=_TYP,
        jti=identity.jti,
        iat=identity.issued_at / 1000,
        exp=identity.expires_at / 1000,
        name=identity.name,
        exams=sorted(identity.exams),
        halls=sorted(identity.halls),
        src=identity.source,
        auth_time=identity.signed_in_at / 1000,
    )
    payload = msgspec.json.encode(claims)
    token = _JWS.encode(payload, keys.all[keys.current], ALGORITHM, {"kid": keys.current})
    try:
        verify(token, keys, identity.issued_at)
    except ExamError as refusal:
        raise ValueError(f"this identity cannot be put in a token: {refusal}") from None
    return token


def verify(token: str, keys: Keys, now: int) -> Identity:
    """Who this token speaks for at `now` (milliseconds).

    Raises ExamError `token_expired`, or `unauthorized` with a reason that quotes nothing of the
    token and nothing of the keys.
    """
    return check(signed(token, keys), keys, now)


class Signed(Struct, frozen=True):
    """What a token says that was signed with a key of ours, and from when on (s) it may be used."""

    identity: Identity
    not_before: float


def signed(token: str, keys: Keys) -> Signed:
    """What a token of ours says, whenever it is good. Raises ExamError `unauthorized`."""
    claims = _decoded(token, keys)
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if keys.audience not in audiences:
        raise refused("it is for another audience")
    if claims.iss != keys.issuer:
        raise refused("another issuer made it")
    if claims.typ != _TYP:
        raise refused("it is not an access token")
    identity = Identity(
        subject=claims.sub,
        role=claims.role,
        exams=frozenset(claims.exams),
        halls=frozenset(claims.halls),
        issued_at=round(claims.iat * 1000),
        expires_at=round(claims.exp * 1000),
        jti=claims.jti,
        name=claims.name,
        source=claims.src,
        signed_in_at=round(claims.auth_time * 1000),
    )
    return Signed(identity, claims.nbf)


def check(said: Signed, keys: Keys, now: int) -> Identity:
    """Whom it speaks for, if now is its time. Raises ExamError `token_expired`, `unauthorized`."""
    identity, leeway_ms = said.identity, keys.leeway_ms
    check_times(identity, said.not_before, now, leeway_ms=leeway_ms, life_ms=TOKEN_LIFE_MS_MAX)
    return identity


def _decoded(token: str, keys: Keys) -> _Claims:
    if len(token) > TOKEN_BYTES_MAX:
        raise refused(f"it is longer than {TOKEN_BYTES_MAX} bytes")
    try:
        key = _key(_JWS.header(token), keys)
        return _CLAIMS.decode(_JWS.decode(token, key, [ALGORITHM]))
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise refused("it was not signed with a key of this server") from None
    except (jwt.PyJWTError, UnicodeError, RecursionError):
        raise refused("it is not a JSON Web Token") from None
    except msgspec.DecodeError:
        raise refused("a claim is missing or has the wrong shape") from None


def _key(header: dict[str, object], keys: Keys) -> bytes:
    """The key a header names. A kid is looked up in a dict, never in a file or a database.

    Headers we do not know (`crit`, `jku`, `jwk`, `x5u` and whatever comes) are refused rather
    than skipped: all of them ask the verifier to treat the token in a way we would not.
    """
    if not _HEADERS_KNOWN.issuperset(header):
        raise refused("its header asks for something this server does not do")
    kid = header.get("kid", keys.current)
    key = keys.all.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise refused("it was not signed with a key of this server")
    return key


def check_times(
    identity: Identity, not_before: float, now: int, *, leeway_ms: int, life_ms: int
) -> None:
    """Expiry, not-before (seconds) and issue time, each with the leeway; and a bounded life.

    Raises ExamError `token_expired` or `unauthorized`.
    """
    if identity.expires_at + leeway_ms <= now:
        raise ExamError(Code.TOKEN_EXPIRED, "Ask for a new token and connect with it.")
    if max(not_before * 1000, identity.issued_at) > now + leeway_ms:
        raise refused("it is not valid yet; check the clock of the machine that issued it")
    if not 0 < identity.expires_at - identity.issued_at <= life_ms:
        days = life_ms / 86_400_000
        raise refused(f"it is made to live longer than {days:g} days, or not at all")


def refused(reason: str) -> ExamError:
    """A token that is not believed; the reason quotes nothing of it."""
    return ExamError(Code.UNAUTHORIZED, f"The token was refused: {reason}.")

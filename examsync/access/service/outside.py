"""Tokens of other issuers: verified as the configuration pins it, their claims put in our words.

What a token says of itself chooses its issuer and nothing else: algorithms, keys, audience and
the meaning of its claims are that issuer's by configuration (RFC 8725). Memory only.
"""

import base64
import binascii
import hashlib
from typing import Any

import jwt
import msgspec
from msgspec import Struct

from examsync.access.key import PREFIX_OF_SUBJECTS
from examsync.access.token import (
    SOURCE_CHARS_MAX,
    TOKEN_BYTES_MAX,
    Exams,
    Halls,
    Identity,
    Name,
    check_times,
    refused,
)
from examsync.settings import Issuer
from protocol.types import Id, Role

HEADERS_KNOWN = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
"""As for our own tokens; thumbprints of certificates change nothing, and some issuers send them."""
TYPES = frozenset({"", "jwt", "at+jwt"})
"""What a header may call an access token (RFC 9068); others have other purposes."""
NO_ACCESS = frozenset({"refresh", "offline", "logout", "id"})
"""What Keycloak and others write into the claim `typ` of tokens that are for other purposes."""
SECONDS_MAX = 253_402_300_799
ANY = "*"
_CLAIMS = msgspec.json.Decoder(dict[str, Any])


class Header(Struct, frozen=True):
    """What is looked at before a signature is: both only choose among what is configured."""

    algorithm: str
    kid: str | None


class _Peek(Struct, frozen=True):
    iss: str = ""


class _Scope(Struct, frozen=True):
    """What claims have to be, to be used here."""

    subject: Id
    name: Name
    exams: Exams
    halls: Halls


_PEEK = msgspec.json.Decoder(_Peek)


def issuer_of(token: str) -> str:
    """Who made a token, as it says itself; "" for what is none. Nothing is believed by that."""
    parts = token.split(".")
    if len(token) > TOKEN_BYTES_MAX or len(parts) != 3:
        return ""
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return _PEEK.decode(body).iss
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError):
        return ""


def header_of(token: str, issuer: Issuer) -> Header:
    """The header of a token that may be this issuer's. Raises ExamError `unauthorized`."""
    try:
        header = jwt.PyJWS().get_unverified_header(token)
    except (jwt.PyJWTError, UnicodeError, RecursionError):
        raise refused("it is not a JSON Web Token") from None
    if not HEADERS_KNOWN.issuperset(header):
        raise refused("its header asks for something this server does not do")
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "")
    if algorithm not in issuer.algorithms:
        raise refused("its algorithm is not one of its issuer's")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in TYPES:
        raise refused("it is not an access token")
    if kid is not None and not isinstance(kid, str):
        raise refused("its header has the wrong shape")
    return Header(algorithm, kid)


def verified(token: str, key: Any, header: Header, issuer: Issuer) -> bytes:
    """The payload, when the signature is right. Raises ExamError `unauthorized`."""
    jws = jwt.PyJWS(algorithms=[header.algorithm], options={"enforce_minimum_key_length": True})
    try:
        payload: bytes = jws.decode(token, key, [header.algorithm])
    except (jwt.PyJWTError, UnicodeError, ValueError, TypeError, RecursionError):
        raise refused(f"it was not signed with a key of {issuer.issuer}") from None
    return payload


def identity_of(payload: bytes, issuer: Issuer, now: int, leeway_ms: int) -> Identity:
    """Who a payload that was signed speaks for. Raises ExamError `unauthorized`,
    `token_expired`."""
    try:
        claims = _CLAIMS.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        raise refused("its claims are no JSON object") from None
    _check_purpose(claims, issuer)
    role, scope = _role(claims, issuer), _scope(claims, issuer)
    if role is not Role.ADMIN and not scope.exams:
        raise refused(f"it names no exams in its claim {issuer.exams}")
    digest = hashlib.blake2b(payload, key=issuer.issuer.encode()[:64], digest_size=16)
    identity = Identity(
        subject=scope.subject,
        role=role,
        exams=frozenset() if role is Role.ADMIN else frozenset(scope.exams),
        halls=frozenset(scope.halls) if role is Role.EXAMINER else frozenset(),
        issued_at=round(_seconds(claims, "iat") * 1000),
        expires_at=round(_seconds(claims, "exp") * 1000),
        jti=f"x-{digest.hexdigest()}",
        name=scope.name,
        source=f"issuer:{issuer.issuer}"[:SOURCE_CHARS_MAX],
    )
    not_before = _seconds(claims, "nbf") if "nbf" in claims else 0
    life_ms = issuer.life_s_max * 1000
    check_times(identity, not_before, now, leeway_ms=leeway_ms, life_ms=life_ms)
    return identity


def _check_purpose(claims: dict[str, Any], issuer: Issuer) -> None:
    """That it was made by this issuer, for us, and to be let in with."""
    if claims.get("iss") != issuer.issuer:
        raise refused("another issuer made it")
    audience = claims.get("aud")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        raise refused("it is for another audience")
    if str(claims.get("typ", "")).lower() in NO_ACCESS or "events" in claims:
        raise refused("it is not an access token")


def _role(claims: dict[str, Any], issuer: Issuer) -> Role:
    """The first of the configured roles that the claim has."""
    said = _claim(claims, issuer.role)
    has = {each for each in (said if isinstance(said, list) else [said]) if isinstance(each, str)}
    for theirs, ours in issuer.roles.items():
        if theirs in has and theirs != ANY:
            return ours
    if ANY in issuer.roles:
        return issuer.roles[ANY]
    raise refused("its role means nothing here (auth.issuers, roles)")


def _scope(claims: dict[str, Any], issuer: Issuer) -> _Scope:
    """Subject, name, exams and halls, if they can be ours."""
    said = {
        "subject": _claim(claims, issuer.subject),
        "name": _claim(claims, issuer.name) or "",
        "exams": _listed(_claim(claims, issuer.exams), split=True),
        "halls": _listed(_claim(claims, issuer.halls), split=False),
    }
    try:
        scope = msgspec.convert(said, _Scope)
    except msgspec.ValidationError as error:
        claim = str(error).rpartition("`$.")[2].partition("[")[0].rstrip("`")
        raise refused(f"its claim for `{claim}` is missing or cannot be one here") from None
    if scope.subject.startswith(PREFIX_OF_SUBJECTS):
        raise refused("its subject would be taken for an API key")
    return scope


def _claim(claims: dict[str, Any], name: str) -> Any:
    """A claim by its name, or by its path into objects."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _listed(said: Any, *, split: bool) -> Any:
    """A list; of a text its words, where words are what is listed."""
    if said is None or said == "":
        return []
    if isinstance(said, str):
        return said.replace(",", " ").split() if split else [said]
    return said


def _seconds(claims: dict[str, Any], name: str) -> float:
    """A time of a token, in seconds since 1970. Raises ExamError `unauthorized`."""
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= SECONDS_MAX:
        raise refused(f"its claim {name} is missing or no time")
    return float(said)

"""Public keys of another issuer (pure): a JSON Web Key Set (RFC 7517), read with suspicion.

Only keys that can verify one of the algorithms we know are taken, only their public part, and
never a symmetric one: what is published is no secret.
"""

from typing import Any

import jwt
import msgspec
from msgspec import Struct

KEYS_MAX = 50
KID_CHARS_MAX = 200
RSA_BITS_MIN = 2_048
"""NIST SP 800-131A. An upper bound keeps a verification cheap."""
RSA_BITS_MAX = 8_192

KINDS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
"""What a key of this type and curve can verify."""
_PUBLIC = ("kty", "crv", "x", "y", "n", "e")


class NoKeys(Exception):
    """A key set that holds nothing we could use; the text quotes nothing of it."""


class PublicKey(Struct, frozen=True):
    """One key, and the one algorithm that it verifies."""

    kid: str | None
    algorithm: str
    key: Any


class _Jwk(Struct, frozen=True):
    kty: str
    kid: str | None = None
    crv: str | None = None
    use: str | None = None
    alg: str | None = None
    key_ops: list[str] | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None


class _Set(Struct, frozen=True):
    keys: list[msgspec.Raw]


def read(document: bytes, algorithms: tuple[str, ...]) -> list[PublicKey]:
    """The keys of a set that verify one of these algorithms. Raises NoKeys."""
    try:
        listed = msgspec.json.decode(document, type=_Set).keys
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise NoKeys("it is no JSON Web Key Set") from None
    if len(listed) > KEYS_MAX:
        raise NoKeys(f"it has more than {KEYS_MAX} keys")
    found = [key for raw in listed if (key := _key(raw, algorithms)) is not None]
    if not found:
        raise NoKeys(f"none of its keys verifies {' or '.join(algorithms)}")
    named = [key.kid for key in found]
    if len(set(named)) < len(named):
        raise NoKeys("two of its keys have the same kid")
    return found


def choose(keys: list[PublicKey], kid: str | None, algorithm: str) -> PublicKey | None:
    """The key of this name, if it is one for this algorithm; without a name, the only one."""
    if kid is None:
        fitting = [key for key in keys if key.algorithm == algorithm]
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in keys if (key.kid, key.algorithm) == (kid, algorithm)), None)


def _key(raw: msgspec.Raw, algorithms: tuple[str, ...]) -> PublicKey | None:
    """A key that is for signatures and of a kind we know; others may be there, and are left out."""
    try:
        jwk = msgspec.json.decode(raw, type=_Jwk)
    except (msgspec.MsgspecError, RecursionError):
        return None
    algorithm = KINDS.get((jwk.kty, jwk.crv))
    if algorithm not in algorithms or jwk.alg not in (None, algorithm):
        return None
    if jwk.use not in (None, "sig") or (jwk.key_ops is not None and "verify" not in jwk.key_ops):
        return None
    if jwk.kid is not None and not 0 < len(jwk.kid) <= KID_CHARS_MAX:
        return None
    public = {name: getattr(jwk, name) for name in _PUBLIC if getattr(jwk, name) is not None}
    try:
        key = jwt.PyJWK(public, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    bits = getattr(key, "key_size", RSA_BITS_MIN) if algorithm == "RS256" else RSA_BITS_MIN
    if not RSA_BITS_MIN <= bits <= RSA_BITS_MAX:
        return None
    return PublicKey(jwk.kid, algorithm, key)

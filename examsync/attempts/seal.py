"""Keyed hashes (pure): the chain of an attempt's facts, and the receipts over effects.

Keyed BLAKE2b (RFC 7693) throughout: a MAC without HMAC's two passes. A receipt is

    <key id>.<base64url(effect)>.<base64url(mac)>

where `effect` is the JSON of what the command did and the mac covers (attempt, kind, id, effect).
It is opaque to clients, proves itself, and needs no memory of ours.
"""

import base64
import binascii
import functools
import hashlib
import hmac
import sys
from typing import Any

import msgspec

from examsync.errors import ExamError
from protocol.erasure import Blanked, Erased
from protocol.facts import Fact
from protocol.problems import Code

HASH_BYTES = 16
"""128 bits: nobody finds a second fact for a given hash, keyed or not."""

_encode = msgspec.json.Encoder().encode
_blake2b = hashlib.blake2b
COMMON_CHARS_MAX, COMMON_MAX = 40, 20_000
"""Short texts whose digests are remembered, with their flag: 5 MB at most."""
KEYS_MAX = 64
"""An installation has a chain key and a few for receipts."""


class Keys(msgspec.Struct, frozen=True):
    """The chain key of the installation, and the receipt keys by id; `current` signs."""

    chain: bytes
    receipts: dict[str, bytes]
    current: str


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key of its own for each purpose, from the installation's one secret."""
    return hashlib.blake2b(purpose.encode(), key=secret[:64], digest_size=32).digest()


def genesis(key: bytes, attempt: str) -> str:
    """What the first fact of an attempt builds on."""
    return _mac(key, b"genesis", attempt.encode())


def seal(key: bytes, fact: Fact, salt: str = "") -> Fact:
    """The fact with its hash. `salt`: of its attempt."""
    return msgspec.structs.replace(fact, hash=fact_hash(key, fact, salt))


def fact_hash(key: bytes, fact: Fact, salt: str = "") -> str:
    """The keyed hash over everything in a fact but the hash itself.

    It covers where the fact stands and of what kind it is, and the digest of what it says. So what
    it says can be erased, and the salt with it: the digest that is left fits the hash still.
    """
    body = fact.body
    if type(body) is Blanked:
        return _link(key, fact, body.was, body.digest)
    if not salt and type(body) is not Erased:
        return _plain_hash(key, fact)
    return _link(key, fact, body.__struct_config__.tag, said_digest(fact, salt))


def said_digest(fact: Fact, salt: str) -> str:
    """The digest of what a fact says that may be personal. What `Erased` says is never erased, so
    it is as good as public, and needs no salt."""
    said = _encode((fact.by, fact.command, fact.effect, fact.body))
    key = b"" if type(fact.body) is Erased else salt.encode()
    return _blake2b(said, key=key, digest_size=HASH_BYTES).hexdigest()


def blanked(fact: Fact, salt: str) -> Fact:
    """The fact without what it says; its hash is the same."""
    if type(fact.body) is Blanked:
        return fact
    body = Blanked(kind_of(fact), said_digest(fact, salt))
    return msgspec.structs.replace(fact, by="", body=body, command="", effect="")


def kind_of(fact: Fact) -> str:
    """The kind of a fact; of one that was erased the kind that it was of."""
    body = fact.body
    return body.was if type(body) is Blanked else str(body.__struct_config__.tag)


def _link(key: bytes, fact: Fact, kind: object, said: str) -> str:
    where = (fact.attempt, fact.epoch, fact.n, fact.prev, fact.at)
    mac = _keyed(key).copy()
    mac.update(_encode((where, kind, said)))
    return mac.hexdigest()


def _plain_hash(key: bytes, fact: Fact) -> str:
    """Of attempts that were registered before there were salts: nothing of them can be erased."""
    body = _encode(fact.body)
    rest = (fact.attempt, fact.epoch, fact.n, fact.prev, fact.at, fact.by)
    return _mac(key, _encode((*rest, fact.command, fact.effect)), body)


def digest(response: object, flag: bool) -> str:
    """What a receipt says about a response: the hash of its canonical JSON and its flag."""
    if type(response) is str and len(response) <= COMMON_CHARS_MAX:
        return _digest_of_text(response, flag)
    return _digest(response, flag)


@functools.lru_cache(COMMON_MAX)
def _digest_of_text(response: str, flag: bool) -> str:
    """Of what thousands answer alike: an option, a word. One text for all of them."""
    return sys.intern(_digest(response, flag))


def _digest(response: object, flag: bool) -> str:
    return _blake2b(_encode((response, flag)), digest_size=HASH_BYTES).hexdigest()


def receipt(keys: Keys, attempt: str, kind: str, id_: str, effect: str) -> str:
    """The receipt over what a command did."""
    mac = _receipt_mac(keys.receipts[keys.current], (attempt, kind, id_, effect))
    parts = _base64(effect.encode()) + b"." + _base64(mac)
    return f"{keys.current}.{parts.translate(_URL_SAFE, _PADDING).decode()}"


def effect_of(keys: Keys, token: str, attempt: str, kind: str, id_: str) -> str:
    """The effect a receipt proves for this command of this attempt.

    Raises ExamError BAD_RECEIPT for anything forged, foreign, altered or of an unknown key.
    """
    try:
        kid, effect_text, mac_text = token.rsplit(".", 2)  # a key's id may have dots
        effect, mac = _unb64(effect_text).decode(), _unb64(mac_text)
        key = keys.receipts[kid]
    except (ValueError, KeyError, binascii.Error) as error:
        raise ExamError(Code.BAD_RECEIPT, "send it exactly as it was given") from error
    if not hmac.compare_digest(mac, _receipt_mac(key, (attempt, kind, id_, effect))):
        raise ExamError(Code.BAD_RECEIPT, "it does not belong to this command")
    return effect


def terms(effect: str) -> dict[str, Any]:
    """What an effect says, by name; nothing for none."""
    said: dict[str, Any] = msgspec.json.decode(effect) if effect else {}
    return said


def _mac(key: bytes, *parts: bytes) -> str:
    mac = hashlib.blake2b(key=key, digest_size=HASH_BYTES)
    for part in parts:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.hexdigest()


def _receipt_mac(key: bytes, covered: tuple[str, str, str, str]) -> bytes:
    mac = _keyed(key).copy()
    mac.update(_encode(covered))
    return mac.digest()


@functools.lru_cache(KEYS_MAX)
def _keyed(key: bytes) -> hashlib.blake2b:
    """A hash that knows its key and nothing else: a copy of it is had for less than a new one."""
    return _blake2b(key=key, digest_size=HASH_BYTES)


def _b64(raw: bytes) -> str:
    return _base64(raw).translate(_URL_SAFE, _PADDING).decode()


_base64 = binascii.b2a_base64
_URL_SAFE, _PADDING = bytes.maketrans(b"+/", b"-_"), b"=\n"


def _unb64(text: str) -> bytes:
    """The bytes in a text as `_b64` makes it; anything else that would decode is a ValueError."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _b64(raw) != text:
        raise ValueError("not the one way to write these bytes")
    return raw

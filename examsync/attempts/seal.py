"""Keyed hashes (pure): the chain of an attempt's facts, and the receipts over effects.

Keyed BLAKE2b (RFC 7693) throughout: a MAC without HMAC's two passes. A receipt is

    <key id>.<base64url(effect)>.<base64url(mac)>

where `effect` is the JSON of what the command did and the mac covers (attempt, kind, id, effect).
It is opaque to clients, proves itself, and needs no memory of ours.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import msgspec

from examsync.errors import ExamError
from protocol.facts import Fact
from protocol.problems import Code

HASH_BYTES = 16
"""128 bits: nobody finds a second fact for a given hash, keyed or not."""

_encode = msgspec.json.encode


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


def seal(key: bytes, fact: Fact) -> Fact:
    """The fact with its hash."""
    return msgspec.structs.replace(fact, hash=fact_hash(key, fact))


def fact_hash(key: bytes, fact: Fact) -> str:
    """The keyed hash over everything in a fact but the hash itself."""
    body = _encode(fact.body)
    rest = (fact.attempt, fact.epoch, fact.n, fact.prev, fact.at, fact.by)
    return _mac(key, _encode((*rest, fact.command, fact.effect)), body)


def digest(response: object, flag: bool) -> str:
    """What a receipt says about a response: the hash of its canonical JSON and its flag."""
    return hashlib.blake2b(_encode((response, flag)), digest_size=HASH_BYTES).hexdigest()


def receipt(keys: Keys, attempt: str, kind: str, id_: str, effect: str) -> str:
    """The receipt over what a command did."""
    mac = _receipt_mac(keys.receipts[keys.current], (attempt, kind, id_, effect))
    return f"{keys.current}.{_b64(effect.encode())}.{_b64(mac)}"


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
    return hashlib.blake2b(_encode(covered), key=key, digest_size=HASH_BYTES).digest()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    """The bytes in a text as `_b64` makes it; anything else that would decode is a ValueError."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _b64(raw) != text:
        raise ValueError("not the one way to write these bytes")
    return raw

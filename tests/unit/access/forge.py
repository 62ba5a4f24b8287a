"""Tokens made by hand, right and wrong, so that a fault in the library cannot hide itself."""

import base64
import hmac
import json
from typing import Any

from examsync.access.token import Identity, Keys
from protocol.types import Role

NOW = 1_763_714_800_123
HOUR_MS = 3_600_000
KEY = b"k" * 32
KEYS = Keys("2026", {"2026": KEY, "2025": b"o" * 40})
ANNA = Identity(
    subject="cand-7",
    role=Role.CANDIDATE,
    exams=frozenset({"physics-1"}),
    halls=frozenset(),
    issued_at=NOW,
    expires_at=NOW + HOUR_MS,
    jti="t-1",
    name="Anna Ñandú",
)
CLAIMS: dict[str, Any] = {
    "iss": "examsync",
    "aud": "examsync",
    "sub": "cand-7",
    "role": "candidate",
    "typ": "access",
    "jti": "t-1",
    "iat": NOW / 1000,
    "exp": NOW / 1000 + 3600,
    "exams": ["physics-1"],
}
HEADER: dict[str, Any] = {"alg": "HS256", "kid": "2026"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: object, payload: bytes, key: bytes = KEY, digest: str = "sha256") -> str:
    """A token built by hand, so that a fault in the library cannot hide behind itself."""
    signing = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    return f"{signing}.{b64(hmac.new(key, signing.encode(), digest).digest())}"


def token(header: dict[str, Any] | None = None, /, **claims: object) -> str:
    merged = {k: v for k, v in (CLAIMS | claims).items() if v is not None}
    return signed(HEADER if header is None else header, json.dumps(merged).encode())

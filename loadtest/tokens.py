"""Tokens made with the server's own secret (RFC 7519, HS256): for servers whose secret we hold."""

import time
import uuid

import jwt

from protocol.types import Role

LIFE_S = 6 * 3_600
ISSUER = AUDIENCE = "examsync"


def sign(secret: str, subject: str, role: Role, exam: str = "", *, life_s: int = LIFE_S) -> str:
    """A token for this subject; an admin's names no exam. The server's issuer is the default one.

    It names no key, so the server holds it against its current one.
    """
    now = time.time()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "role": str(role),
        "typ": "access",
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + life_s,
        "exams": [exam] if exam else [],
    }
    return jwt.encode(claims, secret, "HS256")

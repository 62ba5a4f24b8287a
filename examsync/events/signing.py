"""Secrets of webhooks and what they sign (pure): Standard Webhooks 1.0.0.

A secret is stored nowhere. It is made of the installation's own secret, the webhook's id and a
generation, so a stolen database signs nothing; a new generation is a new secret, and the one before
it goes on signing for a day, in which the receiver can learn the new one.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

ROTATION_MS = 86_400_000
"""For so long the secret before the newest signs, too."""
PREFIX = "whsec_"
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64."""


def secret_of(key: bytes, webhook: str, generation: int) -> str:
    """The secret of a generation, as it is shown: `whsec_` and base64. `key`: 32 bytes, ours."""
    text = f"webhook\x00{webhook}\x00{generation}".encode()
    made = hmac.new(key, text, hashlib.sha256).digest()[:SECRET_BYTES]
    return PREFIX + base64.b64encode(made).decode()


def generations(newest: int, previous_until: int, now: int) -> list[int]:
    """Those whose secrets sign at `now`, the newest first."""
    return [newest, newest - 1] if newest > 1 and now < previous_until else [newest]


def headers(id_: str, body: bytes, secrets: Iterable[str], now: int) -> dict[str, str]:
    """The three headers. `id_`: the event's, the same at every try; `now` in ms."""
    at = datetime.fromtimestamp(now // 1_000, UTC)
    signed = [Signer(secret).sign(id_, at, body.decode()) for secret in secrets]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(now // 1_000),
        "webhook-signature": " ".join(signed),
    }

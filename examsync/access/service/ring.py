"""The key ring of the settings, and tokens made with it. Used by all who sign somebody in."""

import uuid

from msgspec import Struct, structs

from examsync.access.token import Identity, Keys, issue
from examsync.settings import Auth

RENEWED_MS_MAX = 24 * 3_600_000
"""A token may be renewed until a day after its owner proved who he is: longer than any exam."""


def key_ring(auth: Auth) -> Keys:
    """The keys, issuer, audience and leeway of the settings, as tokens need them."""
    secrets = auth.previous | {auth.key_id: auth.secret}
    return Keys(
        current=auth.key_id,
        all={kid: secret.encode() for kid, secret in secrets.items()},
        issuer=auth.issuer,
        audience=auth.audience,
        leeway_ms=auth.leeway_s * 1000,
    )


class SignedIn(Struct, frozen=True):
    """What signing in gives: the token, and what it says."""

    token: str
    identity: Identity


class Signer:
    """Makes tokens of the life that the settings give."""

    def __init__(self, keys: Keys, life_ms: int) -> None:
        self.keys = keys
        self.life_ms = life_ms

    def sign(self, identity: Identity) -> SignedIn:
        """A token for it, with a name (jti) of its own."""
        identity = structs.replace(identity, jti=uuid.uuid4().hex)
        return SignedIn(issue(identity, self.keys), identity)

    def end_of(self, signed_in_at: int, now: int) -> int:
        """Until when a token that is renewed now may be good; not after `now` when it may not."""
        return min(now + self.life_ms, signed_in_at + max(RENEWED_MS_MAX, self.life_ms))

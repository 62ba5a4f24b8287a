"""How pyjwt verifies our own tokens, without doing over what is the same for all of them (pure).

pyjwt stays the verifier: what a token has to be is all its. It looks at a key anew for each token,
whether somebody has mistaken a public key for a secret, and goes through texts letter by letter;
for thousands who come at once that is more than half of the price. Used by `token`.
"""

import base64
import binascii
import functools
import hmac
import string
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

ALGORITHM = "HS256"
"""Pinned: a token's own `alg` chooses nothing, so neither `none` nor a swapped family works."""

KEYS_MAX = 64
HEADERS_MAX = 64
"""An issuer's tokens all begin alike; whoever invents headers has them looked at each time."""
HEADER_CHARS_MAX = 512
"""Of those that are remembered."""
_LETTERS = (string.ascii_letters + string.digits + "-_").encode()


class _Hmac(HMACAlgorithm):
    """pyjwt's own; each key is looked at once, and the hash is made in one call."""

    def prepare_key(self, key: str | bytes) -> bytes:
        """The key, if it can be a secret at all. Raises jwt.InvalidKeyError."""
        return _prepared(key)

    def sign(self, msg: bytes, key: bytes) -> bytes:
        """The same as `hmac.new(key, msg).digest()`."""
        return hmac.digest(key, msg, "sha256")


@functools.lru_cache(KEYS_MAX)
def _prepared(key: str | bytes) -> bytes:
    return HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(key)


class Jws(jwt.PyJWS):
    """pyjwt's JWS, for HS256 alone and keys of its length."""

    def __init__(self) -> None:
        super().__init__(algorithms=[ALGORITHM], options={"enforce_minimum_key_length": True})
        self.unregister_algorithm(ALGORITHM)
        self.register_algorithm(ALGORITHM, _Hmac(HMACAlgorithm.SHA256))

    @staticmethod
    def _decode_base64url_segment(segment: bytes, name: str) -> bytes:
        """What is plainly base64url is decoded at once; of all else pyjwt says what it is."""
        if len(segment) % 4 != 1 and not segment.translate(None, _LETTERS):
            padded = segment.translate(_STANDARD) + b"=" * (-len(segment) % 4)
            plain = binascii.a2b_base64(padded)
            if base64.urlsafe_b64encode(plain).rstrip(b"=") == segment:
                return plain
        decoded: bytes = jwt.PyJWS._decode_base64url_segment(segment, name)
        return decoded

    def header(self, token: str) -> dict[str, Any]:
        """The header that a token has, not believed yet. Not to be changed. Raises
        jwt.PyJWTError."""
        first = token.partition(".")[0]
        if len(first) > HEADER_CHARS_MAX:
            return self.get_unverified_header(f"{first}..")
        return self._header(first)

    @functools.lru_cache(HEADERS_MAX)  # noqa: B019  # there is one Jws in a process
    def _header(self, first: str) -> dict[str, Any]:
        return self.get_unverified_header(f"{first}..")


_STANDARD = bytes.maketrans(b"-_", b"+/")

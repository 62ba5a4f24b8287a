"""Tokens that were verified lately, so that who comes back need not be verified again (pure).

Only that a token was signed, and what it says, is remembered; when it is valid is looked at each
time, as is by the doors whether it was revoked. What is kept of a token is its digest. Of one key
ring: with other keys there is another of this.
"""

import hashlib
from collections import OrderedDict

from examsync.access.token import Identity, Keys, Signed, check, signed

TOKENS_MAX = 20_000
"""Twice as many as are connected to one process. Who was not seen for longest is forgotten."""
DIGEST_BYTES = 16


class Believed:
    """`verify` of `access.token`, with a memory."""

    def __init__(self, keys: Keys, tokens_max: int = TOKENS_MAX) -> None:
        self._keys = keys
        self._max = tokens_max
        self._known: OrderedDict[bytes, Signed] = OrderedDict()

    def verify(self, token: str, now: int) -> Identity:
        """Who this token speaks for at `now` (ms). Raises ExamError as `token.verify`."""
        digest = hashlib.blake2b(_bytes(token), digest_size=DIGEST_BYTES).digest()
        said = self._known.get(digest)
        if said is None:
            said = signed(token, self._keys)  # what is refused is not remembered
            self._known[digest] = said
            if len(self._known) > self._max:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(digest)
        return check(said, self._keys, now)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)


def _bytes(token: str) -> bytes:
    """Each text has bytes of its own, also one that is no token: of lone surrogates."""
    return token.encode(errors="surrogatepass")

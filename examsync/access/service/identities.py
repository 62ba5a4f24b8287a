"""Who a bearer is: a token of ours, an API key, or a token of another issuer. Asked at every door.

`identify` looks at memory only; `ready` first fetches what that may need, where there is time.
"""

from examsync.access.believed import Believed
from examsync.access.key import is_key
from examsync.access.service.api_keys import ApiKeys
from examsync.access.service.issuers import Issuers
from examsync.access.token import Identity, Keys


class Identities:
    """Everything that is believed here."""

    def __init__(self, keys: Keys, api_keys: ApiKeys, issuers: Issuers) -> None:
        self._believed = Believed(keys)
        self._api_keys = api_keys
        self._issuers = issuers

    def identify(self, bearer: str, now: int) -> Identity:
        """Whose it is. Raises ExamError `unauthorized`, `token_expired`, `unavailable`."""
        if is_key(bearer):
            return self._api_keys.identify(bearer, now)
        if self._issuers.knows(bearer):
            return self._issuers.identify(bearer, now)
        return self._believed.verify(bearer, now)

    def at_hand(self, bearer: str) -> bool:
        """Whether `identify` needs nothing to be fetched for it."""
        return not is_key(bearer) and (
            not self._issuers.knows(bearer) or self._issuers.at_hand(bearer)
        )

    async def ready(self, bearer: str, address: str) -> None:
        """Fetch what `identify` will need. Raises ExamError `rate_limited`, Unavailable."""
        if is_key(bearer):
            await self._api_keys.learn(bearer, address)
        elif self._issuers.knows(bearer):
            await self._issuers.ready(bearer)

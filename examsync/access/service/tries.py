"""Wrong passwords and wrong codes are counted: per login, per address, and codes all together.

Everything is charged before it is looked at, so that guesses made at once count as well, and
given back when it was right: a hall full of candidates comes from one address.
"""

from examsync.access.limit import Bucket, Limits, Rate, network_of
from examsync.errors import ExamError
from protocol.problems import Code

ADDRESS_FACTOR = 20
"""A whole hall may sit behind one address, so it gets so many times what one login gets."""

LIMIT_KEYS_MAX = 50_000
"""Logins and addresses remembered by the limits of one process: about 10 MB."""

CODES_WRONG = Rate(per_s=100.0, burst=6_000)
"""Wrong codes from everywhere, in one process: enough for 10,000 people with clumsy fingers, and
one in a thousand that somebody with ten thousand addresses finds one of 100,000 codes in a day."""

TOO_MANY = "Too many wrong tries; wait."


class Tries:
    """`per_minute` wrong ones are forgiven per login, ADDRESS_FACTOR times that per address."""

    def __init__(self, per_minute: int) -> None:
        per_s = per_minute / 60
        self._logins: Limits[str] = Limits(Rate(per_s, per_minute), LIMIT_KEYS_MAX)
        self._addresses: Limits[str] = Limits(
            Rate(per_s * ADDRESS_FACTOR, per_minute * ADDRESS_FACTOR), LIMIT_KEYS_MAX
        )
        self._codes = Bucket(CODES_WRONG)

    def charge_login(self, login: str, address: str, now: int) -> None:
        """Before a password is looked at. Raises ExamError `rate_limited`."""
        network = network_of(address)
        _wait(self._addresses.take(network, now) or self._logins.take(login, now))

    def refund_login(self, login: str, address: str) -> None:
        """It was right."""
        self._addresses.give_back(network_of(address))
        self._logins.give_back(login)

    def charge_code(self, address: str, now: int) -> None:
        """Before a code, or a key that is not known, is looked up. Raises `rate_limited`."""
        _wait(self._addresses.take(network_of(address), now) or self._codes.take(now))

    def refund_code(self, address: str) -> None:
        """It was one of ours."""
        self._addresses.give_back(network_of(address))
        self._codes.give_back()


def _wait(wait_ms: int) -> None:
    if wait_ms:
        raise ExamError(Code.RATE_LIMITED, TOO_MANY, retry_after_ms=wait_ms)

"""Signing in, and ending what was signed in: one object for each task, joined in `app`.

Called by the HTTP edge, by the commands, and (`Identities`, `Revocations`) by every door.
"""

from examsync.access.service.accounts import Accounts, ExamsOf
from examsync.access.service.api_keys import ApiKeys
from examsync.access.service.codes import Codes, Registrations
from examsync.access.service.identities import Identities
from examsync.access.service.issuers import Issuers
from examsync.access.service.renewing import Renewing
from examsync.access.service.revocations import Revocations
from examsync.access.service.ring import SignedIn, key_ring
from examsync.access.service.tries import Tries
from examsync.clock import Clock
from examsync.infra.postgres import Pool
from examsync.settings import Auth

__all__ = [
    "Access",
    "Accounts",
    "ApiKeys",
    "Codes",
    "Identities",
    "Issuers",
    "Registrations",
    "Renewing",
    "Revocations",
    "SignedIn",
    "Tries",
    "key_ring",
]


class Access:
    """Everybody who signs somebody in, or says who somebody is, in one process."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        auth: Auth,
        *,
        tries_per_minute: int,
        exams_of: ExamsOf,
        registrations: Registrations,
    ) -> None:
        life_ms = auth.token_life_s * 1_000
        tries = Tries(tries_per_minute)
        self.ring = ring = key_ring(auth)
        self.accounts = Accounts(pool, ring, clock, exams_of=exams_of, life_ms=life_ms, tries=tries)
        self.codes = Codes(
            pool, ring, clock, registrations=registrations, life_ms=life_ms, tries=tries
        )
        self.renewing = Renewing(
            pool, ring, clock, accounts=self.accounts, codes=self.codes, life_ms=life_ms
        )
        self.api_keys = ApiKeys(pool, clock, tries)
        self.issuers = Issuers(auth.issuers, clock, ring.leeway_ms)
        self.identities = Identities(ring, self.api_keys, self.issuers)

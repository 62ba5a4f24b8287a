"""A fresh token for the same person while the old one is good, with what holds for him now."""

from examsync.access import store
from examsync.access.account import PASSWORD, identity_of
from examsync.access.service.accounts import Accounts
from examsync.access.service.codes import Codes
from examsync.access.service.ring import SignedIn, Signer
from examsync.access.token import Identity, Keys
from examsync.clock import Clock
from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from protocol.problems import Code


class Renewing:
    """Renews tokens of passwords and of codes; what was issued is renewed by who issued it."""

    def __init__(
        self,
        pool: Pool,
        keys: Keys,
        clock: Clock,
        *,
        accounts: Accounts,
        codes: Codes,
        life_ms: int,
    ) -> None:
        self._pool, self._clock = pool, clock
        self._signer = Signer(keys, life_ms)
        self._accounts = accounts
        self._codes = codes

    async def renew(self, who: Identity) -> SignedIn:
        """A token that says what an account or a registration says today.

        Raises ExamError `unauthorized` when the old one was revoked, its account was shut out, or
        a day has passed since it was signed in; `forbidden` for tokens that were issued and for
        keys; for codes what `Codes.sign_in` raises. Raises Unavailable.
        """
        # The token counts from here: whatever is changed meanwhile revokes it.
        now = self._clock.now()
        if who.source != PASSWORD and not who.source.startswith("code:"):
            raise ExamError(Code.FORBIDDEN, "This was not signed in here: ask whoever issued it.")
        until = self._signer.end_of(who.signed_in_at, now)
        if until <= now:
            raise ExamError(Code.UNAUTHORIZED, "This was signed in a day ago: sign in anew.")
        if await store.is_revoked(self._pool, who):
            raise ExamError(Code.UNAUTHORIZED, "The token was revoked.")
        if who.source == PASSWORD:
            return await self._of_account(who, now, until)
        return await self._codes.renewed(who, now, until)

    async def _of_account(self, who: Identity, now: int, until: int) -> SignedIn:
        account = await store.fetch_account(self._pool, who.subject)
        if account is None or account.disabled:
            raise ExamError(Code.UNAUTHORIZED, "The account was shut out.")
        exams = await self._accounts.exams_of(account)
        since = who.signed_in_at
        return self._signer.sign(identity_of(account, exams, now=now, until=until, since=since))

"""Accounts: signing in with a password, and everything an admin does to accounts.

All methods raise Unavailable when Postgres is away.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence

from msgspec import structs

from examsync.access import store
from examsync.access.account import (
    PASSWORD,
    PASSWORD_CHARS_MADE,
    Account,
    Change,
    Wanted,
    changed,
    check_password,
    checked,
    exams_to_be_read,
    identity_of,
    login_of,
    password_made,
    password_of,
)
from examsync.access.revocation import Kind, Revocation
from examsync.access.service.ring import SignedIn, Signer
from examsync.access.service.tries import Tries
from examsync.access.token import TOKEN_LIFE_MS_MAX, Identity, Keys
from examsync.clock import Clock
from examsync.errors import ExamError
from examsync.infra.hashing import Hashing, HashingBusy
from examsync.infra.log import logger
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role

log = logger(__name__)

ExamsOf = Callable[[str], Awaitable[Sequence[str]]]
"""The exams a candidate is registered for (at most `token.EXAMS_MAX`), by its account id."""


class Accounts:
    """Accounts of this installation. `tries` bounds wrong passwords in one process."""

    def __init__(
        self,
        pool: Pool,
        keys: Keys,
        clock: Clock,
        *,
        exams_of: ExamsOf,
        life_ms: int,
        tries: Tries,
        hashing: Hashing | None = None,
    ) -> None:
        self._pool, self._keys, self._clock = pool, keys, clock
        self._signer = Signer(keys, life_ms)
        self._exams_of = exams_of
        self._hashing = hashing or Hashing()
        self._tries = tries

    # --- signing in -------------------------------------------------------------------------------

    async def sign_in(self, login: str, password: str, *, address: str) -> SignedIn:
        """A token for whoever knows the password.

        Raises ExamError `unauthorized`, the same for an unknown login, a wrong password and an
        account that is shut out; `rate_limited` after too many of these; `unavailable` when too
        many sign in at once.
        """
        login, password = login_of(login), password_of(password)
        # The token counts from here: whatever is changed meanwhile revokes it.
        now = self._clock.now()
        account = await self._proved(login, password, address, now)
        exams = await self.exams_of(account)
        until = now + self._signer.life_ms
        return self._signer.sign(identity_of(account, exams, now=now, until=until, since=now))

    async def _proved(self, login: str, password: str, address: str, now: int) -> Account:
        """The account whose password this is."""
        self._tries.charge_login(login, address, now)
        found = await store.fetch_by_login(self._pool, login)
        right = await self._matches(found[1] if found else None, password)
        if found is None or not right or found[0].disabled:
            raise ExamError(Code.UNAUTHORIZED, "The login or the password is wrong.")
        self._tries.refund_login(login, address)
        account, password_hash = found
        if self._hashing.is_outdated(password_hash):
            newer = await self._hash(password)
            await store.rehash_password(self._pool, account.id, password_hash, newer)
        return account

    async def exams_of(self, account: Account) -> tuple[str, ...]:
        """The exams a token of this account is for just now."""
        if exams_to_be_read(account):
            return tuple(await self._exams_of(account.id))
        return account.exams

    async def change_password(self, who: Identity, old: str, new: str, *, address: str) -> None:
        """One's own password, by whoever signed in with the old one; ends all tokens, this too.

        Raises ExamError `forbidden` for who did not sign in with a password, `bad_request` for a
        password that cannot be, and what `sign_in` raises.
        """
        if who.source != PASSWORD:
            raise ExamError(Code.FORBIDDEN, "Only who signed in with a password can change it.")
        account = await self.account(who.subject)
        check_password(new, account.login)
        await self._proved(account.login, password_of(old), address, self._clock.now())
        await self.set_password(account.id, new)

    # --- by admins --------------------------------------------------------------------------------

    async def create_account(self, account: Account, password: str) -> Account:
        """Store a new account. Raises ExamError `bad_request`, or `exists`."""
        account = checked(structs.replace(account, created_at=self._clock.now()))
        check_password(password, account.login)
        if not await store.insert_account(self._pool, account, await self._hash(password)):
            raise ExamError(Code.EXISTS, f"The login {account.login} or this id is taken.")
        return account

    def made_password(self) -> str:
        """A password that nobody has chosen: readable, and beyond guessing."""
        return password_made(secrets.randbits(PASSWORD_CHARS_MADE * 5))

    async def accounts(self) -> list[Account]:
        """All accounts by login, as many as a person may want to see."""
        return await store.fetch_accounts(self._pool)

    async def page(
        self, wanted: Wanted, *, limit: int, after: tuple[str, str] | None = None
    ) -> tuple[list[Account], int]:
        """Some accounts from behind `after` (sort value and id), and how many there are in all."""
        return await store.page_of_accounts(self._pool, wanted, limit, after)

    async def find(self, login: str) -> Account:
        """The account that signs in with this login. Raises `not_found`, `bad_request`."""
        found = await store.fetch_by_login(self._pool, login_of(login))
        if found is None:
            raise ExamError(Code.NOT_FOUND, f"There is no account {login}.")
        return found[0]

    async def change(self, account_id: str, change: Change, *, by: str = "") -> Account:
        """Change an account; tokens that say otherwise are refused. `by`: the subject who asks.

        Raises ExamError `not_found`, `bad_request`, and `forbidden` where nobody could undo it:
        the last admin stays one, and nobody takes it from himself.
        """

        def decide(account: Account, admins: int) -> Account:
            return checked(changed(account, change, other_admins=admins, by=by))

        after = await store.change_account(
            self._pool, account_id, decide, lambda: self._cut(account_id)
        )
        log.info("account changed", account=account_id, role=after.role, disabled=after.disabled)
        return after

    async def set_password(self, account_id: str, password: str) -> None:
        """Change a password; tokens issued before are refused. Raises `not_found`."""
        check_password(password, (await self.account(account_id)).login)
        hashed = await self._hash(password)
        cut = lambda: self._cut(account_id)  # noqa: E731
        if not await store.change_password(self._pool, account_id, hashed, cut):
            raise store.nobody()

    async def disable(self, account_id: str) -> None:
        """Shut an account out: no signing in, and its tokens are refused. Raises as `change`."""
        await self.change(account_id, Change(disabled=True))

    async def enable(self, account_id: str) -> None:
        """Let it in again; it has to sign in anew. Raises `not_found`."""
        await self.change(account_id, Change(disabled=False))

    async def set_scope(
        self, account_id: str, role: Role, exams: Sequence[str], halls: Sequence[str]
    ) -> None:
        """Say anew what an account may do and where. Raises as `change`."""
        await self.change(account_id, Change(role=role, exams=tuple(exams), halls=tuple(halls)))

    # --- ending tokens ----------------------------------------------------------------------------

    async def sign_out(self, identity: Identity) -> None:
        """Refuse this one token from now on. Raises ExamError `forbidden` for an API key."""
        if identity.source.startswith("key:"):
            raise ExamError(Code.FORBIDDEN, "A key is not signed out: revoke it.")
        forget_after = identity.expires_at + self._keys.leeway_ms
        cut = Revocation(Kind.JTI, identity.jti, identity.expires_at, forget_after)
        await store.revoke(self._pool, identity.jti, lambda: cut, self._clock.now())

    async def sign_out_everywhere(self, subject: str) -> None:
        """Refuse all tokens of a subject issued until now, whoever issued them."""
        await store.revoke(self._pool, subject, lambda: self._cut(subject), self._clock.now())

    def _cut(self, subject: str) -> Revocation:
        """The end of every token issued up to this millisecond, this one included."""
        now = self._clock.now()
        forget_after = now + TOKEN_LIFE_MS_MAX + self._keys.leeway_ms
        return Revocation(Kind.SUBJECT, subject, now + 1, forget_after)

    async def account(self, account_id: str) -> Account:
        """The account with this id. Raises ExamError `not_found`."""
        account = await store.fetch_account(self._pool, account_id)
        if account is None:
            raise store.nobody()
        return account

    # --- hashing ----------------------------------------------------------------------------------

    async def _hash(self, password: str) -> str:
        try:
            return await self._hashing.hash(password_of(password))
        except HashingBusy:
            raise self._busy() from None

    async def _matches(self, password_hash: str | None, password: str) -> bool:
        try:
            return await self._hashing.matches(password_hash, password)
        except HashingBusy:
            raise self._busy() from None

    def _busy(self) -> ExamError:
        return ExamError(Code.UNAVAILABLE, "Too many sign in at once.", retry_after_ms=2_000)

"""Signing in, and ending what was signed in: accounts joined to tokens and revocations.

Called by the HTTP edge, by the commands, and (`Revocations`) by every door.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct, structs

from examsync.access import store
from examsync.access.account import (
    Account,
    check_password,
    checked,
    identity_of,
    login_of,
    password_of,
)
from examsync.access.limit import Limits, Rate
from examsync.access.revocation import Kind, Revocation, Revoked
from examsync.access.token import TOKEN_LIFE_MS_MAX, Identity, Keys, issue
from examsync.clock import Clock
from examsync.errors import ExamError
from examsync.infra.hashing import Hashing, HashingBusy
from examsync.infra.postgres import Pool
from examsync.settings import Auth
from protocol.problems import Code
from protocol.types import Role

ADDRESS_FACTOR = 20
"""A whole hall may sit behind one address, so it gets so many times what one login gets."""

LIMIT_KEYS_MAX = 50_000
"""Logins and addresses remembered by the limits of one process: about 10 MB."""

ExamsOf = Callable[[str], Awaitable[Sequence[str]]]
"""The exams a candidate is registered for (at most `token.EXAMS_MAX`), by its account id."""


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


class Accounts:
    """Accounts of this installation. `tries_per_minute` bounds wrong passwords in one process."""

    def __init__(
        self,
        pool: Pool,
        keys: Keys,
        clock: Clock,
        *,
        exams_of: ExamsOf,
        life_ms: int,
        tries_per_minute: int,
        hashing: Hashing | None = None,
    ) -> None:
        self._pool, self._keys, self._clock = pool, keys, clock
        self._exams_of = exams_of
        self._life_ms = life_ms
        self._hashing = hashing or Hashing()
        per_s = tries_per_minute / 60
        self._logins: Limits[str] = Limits(Rate(per_s, tries_per_minute), LIMIT_KEYS_MAX)
        self._addresses: Limits[str] = Limits(
            Rate(per_s * ADDRESS_FACTOR, tries_per_minute * ADDRESS_FACTOR), LIMIT_KEYS_MAX
        )

    async def sign_in(self, login: str, password: str, *, address: str) -> SignedIn:
        """A token for whoever knows the password.

        Raises ExamError `unauthorized`, the same for an unknown login, a wrong password and an
        account that is shut out; `rate_limited` after too many of these; `unavailable` when too
        many sign in at once. This and all methods raise Unavailable when Postgres is away.
        """
        login, password = login_of(login), password_of(password)
        # The token counts from here: whatever is changed meanwhile revokes it.
        now = self._clock.now()
        self._charge(login, address, now)
        found = await store.fetch_by_login(self._pool, login)
        right = await self._matches(found[1] if found else None, password)
        if found is None or not right or found[0].disabled:
            raise ExamError(Code.UNAUTHORIZED, "The login or the password is wrong.")
        self._refund(login, address)
        account, password_hash = found
        if self._hashing.is_outdated(password_hash):
            newer = await self._hash(password)
            await store.rehash_password(self._pool, account.id, password_hash, newer)
        return await self._signed_in(account, now)

    async def create_account(self, account: Account, password: str) -> Account:
        """Store a new account. Raises ExamError `bad_request`, or `conflict` when it exists."""
        account = checked(account)
        check_password(password, account.login)
        if not await store.insert_account(self._pool, account, await self._hash(password)):
            raise ExamError(Code.CONFLICT, f"The login {account.login} or this id is taken.")
        return account

    async def accounts(self) -> list[Account]:
        """All accounts by login, as many as a person may want to see."""
        return await store.fetch_accounts(self._pool)

    async def find(self, login: str) -> Account:
        """The account that signs in with this login. Raises `not_found`, `bad_request`."""
        found = await store.fetch_by_login(self._pool, login_of(login))
        if found is None:
            raise ExamError(Code.NOT_FOUND, f"There is no account {login}.")
        return found[0]

    async def set_password(self, account_id: str, password: str) -> None:
        """Change a password; tokens issued before are refused. Raises `not_found`."""
        check_password(password, (await self._account(account_id)).login)
        hashed = await self._hash(password)
        cut = self._cut(account_id)
        self._found(await store.change_password(self._pool, account_id, hashed, cut))

    async def disable(self, account_id: str) -> None:
        """Shut an account out: no signing in, and its tokens are refused. Raises `not_found`."""
        await self._change_disabled(account_id, True)

    async def enable(self, account_id: str) -> None:
        """Let it in again; it has to sign in anew. Raises `not_found`."""
        await self._change_disabled(account_id, False)

    async def set_scope(
        self, account_id: str, role: Role, exams: Sequence[str], halls: Sequence[str]
    ) -> None:
        """Change what an account may do; tokens that say otherwise are refused."""
        account = await self._account(account_id)
        changed = structs.replace(account, role=role, exams=tuple(exams), halls=tuple(halls))
        cut = self._cut(account_id)
        self._found(await store.change_scope(self._pool, checked(changed), cut))

    async def sign_out(self, identity: Identity) -> None:
        """Refuse this one token from now on."""
        forget_after = identity.expires_at + self._keys.leeway_ms
        cut = Revocation(Kind.JTI, identity.jti, identity.expires_at, forget_after)
        await store.revoke(self._pool, cut, self._clock.now())

    async def sign_out_everywhere(self, subject: str) -> None:
        """Refuse all tokens of a subject issued until now, whoever issued them."""
        await store.revoke(self._pool, self._cut(subject), self._clock.now())

    async def _signed_in(self, account: Account, now: int) -> SignedIn:
        exams: Sequence[str] = account.exams
        if account.role is Role.CANDIDATE:
            exams = await self._exams_of(account.id)
        identity = identity_of(
            account, tuple(exams), now=now, life_ms=self._life_ms, jti=uuid.uuid4().hex
        )
        return SignedIn(issue(identity, self._keys), identity)

    async def _change_disabled(self, account_id: str, disabled: bool) -> None:
        cut = self._cut(account_id)
        self._found(await store.change_disabled(self._pool, account_id, disabled, cut))

    async def _account(self, account_id: str) -> Account:
        account = await store.fetch_account(self._pool, account_id)
        self._found(account is not None)
        assert account is not None
        return account

    def _found(self, found: bool) -> None:
        if not found:
            raise ExamError(Code.NOT_FOUND, "There is no account with this id.")

    def _cut(self, subject: str) -> Revocation:
        """The end of every token issued up to this millisecond, this one included."""
        now = self._clock.now()
        forget_after = now + TOKEN_LIFE_MS_MAX + self._keys.leeway_ms
        return Revocation(Kind.SUBJECT, subject, now + 1, forget_after)

    def _charge(self, login: str, address: str, now: int) -> None:
        """Taken before the password is looked at, so parallel guesses count as well."""
        wait_ms = self._addresses.take(address, now) or self._logins.take(login, now)
        if wait_ms:
            raise ExamError(
                Code.RATE_LIMITED, "Too many wrong passwords; wait.", retry_after_ms=wait_ms
            )

    def _refund(self, login: str, address: str) -> None:
        """Signing in rightly is free: a hall full of candidates comes from one address."""
        self._addresses.give_back(address)
        self._logins.give_back(login)

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


class Revocations:
    """This process's copy of what is revoked; a loop refreshes it every two seconds or faster."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._revoked = Revoked()
        self._since: datetime | None = None

    async def refresh(self, pool: Pool) -> list[Revocation]:
        """Read what is new; gives back what now refuses more, so that doors can cut connections.

        Call it once before the first door opens. Raises Unavailable while Postgres is away; what
        was known stays in force then.
        """
        rows, self._since = await store.fetch_revocations(pool, self._since)
        self._revoked.forget(self._clock.now())
        return self._revoked.add(rows)

    def is_revoked(self, identity: Identity) -> bool:
        """Whether the token behind `identity` is no longer believed. Memory only."""
        return self._revoked.covers(identity)

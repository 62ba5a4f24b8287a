"""Who may come in: the token at connect, and a fresh one on a connection that is there already.

Roles and scope come from the token alone (or from an API key's row); nothing that a client says
of itself is believed.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from examsync.access.token import Identity
from examsync.edge.sockets import line
from examsync.edge.sockets.door import Ack
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError
from protocol.from_client import NAMESPACE_EXAM, NAMESPACE_MONITOR, Auth, Client, Reauth
from protocol.from_server import ReauthAck
from protocol.problems import Code
from protocol.types import Role
from protocol.version import LEVEL_OLDEST

ROLES = {
    NAMESPACE_EXAM: frozenset({Role.CANDIDATE}),
    NAMESPACE_MONITOR: frozenset({Role.EXAMINER, Role.ADMIN}),
}
"""Whose place a namespace is. An admin does not sit (`access.role`)."""


class Identities(Protocol):
    """Who a bearer is (`access.service.Identities`)."""

    def identify(self, bearer: str, now: int) -> Identity:
        """Whose it is, from memory. Raises ExamError UNAUTHORIZED, TOKEN_EXPIRED."""
        ...

    def at_hand(self, bearer: str) -> bool:
        """Whether `identify` needs nothing to be fetched."""
        ...

    async def ready(self, bearer: str, address: str) -> None:
        """Fetch what `identify` will need. Raises ExamError RATE_LIMITED, Unavailable."""
        ...


class Doorkeeper:
    """Looks at tokens. `revoked` is this process's copy of what is no longer believed."""

    def __init__(
        self, identities: Identities, revoked: Callable[[Identity], bool], now: Callable[[], int]
    ) -> None:
        self._identities = identities
        self._revoked = revoked
        self._now = now

    def admit(self, namespace: str, auth: object) -> tuple[Identity, Client]:
        """Who connects to a namespace with this `auth`.

        Raises ExamError: UNAUTHORIZED, TOKEN_EXPIRED, FORBIDDEN (another role's place),
        LEVEL_TOO_OLD, BAD_REQUEST.
        """
        try:
            told = msgspec.convert(auth, Auth)
        except msgspec.ValidationError as error:
            known = isinstance(auth, dict) and "token" in auth
            why = f"auth is {{token, client: {{instance, ...}}}}: {error}"
            raise ExamError(Code.BAD_REQUEST if known else Code.UNAUTHORIZED, why[:200]) from None
        if told.client.level < LEVEL_OLDEST:
            raise ExamError(Code.LEVEL_TOO_OLD, f"the oldest level spoken here is {LEVEL_OLDEST}")
        identity = self.identify(told.token)
        if identity.role not in ROLES[namespace]:
            raise ExamError(Code.FORBIDDEN, f"{namespace} is not for the role {identity.role}")
        return identity, told.client

    def identify(self, token: str) -> Identity:
        """Whose token or API key this is. Raises ExamError UNAUTHORIZED, TOKEN_EXPIRED."""
        identity = self._identities.identify(token, self._now())
        if self._revoked(identity):
            raise ExamError(Code.UNAUTHORIZED, "the token was revoked")
        return identity

    def knows(self, auth: object) -> bool:
        """Whether `admit` needs nothing to be fetched."""
        token = auth.get("token") if isinstance(auth, dict) else None
        return not isinstance(token, str) or self._identities.at_hand(token)

    async def admitted(self, namespace: str, auth: object, address: str) -> tuple[Identity, Client]:
        """As `admit`, after what it needs to know has been fetched. Raises as both."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if isinstance(token, str):
            await self.ready(token, address)
        return self.admit(namespace, auth)

    async def ready(self, token: str, address: str) -> None:
        """Fetch what `identify` will need: a key that was just made, another issuer's keys.

        Raises ExamError RATE_LIMITED, Unavailable.
        """
        await self._identities.ready(token, address)

    def reauth(self, session: Session, arrived: int, command: Reauth, ack: Ack) -> None:
        """Go on with a new token of the same subject and role.

        Raises ExamError: what `identify` says, FORBIDDEN for somebody else's.
        """
        del arrived
        identity = self.identify(command.token)
        before = session.identity
        if (identity.subject, identity.role) != (before.subject, before.role):
            raise ExamError(Code.FORBIDDEN, "it is somebody else's: connect anew")
        if session.exam and session.exam not in identity.exams:
            raise ExamError(Code.FORBIDDEN, "it is not for the exam that is being sat")
        session.identity = identity
        ack(ReauthAck(identity.expires_at))


def cut_revoked(sessions: Iterable[Session], revoked: Callable[[Identity], bool]) -> None:
    """End the connections of those whose tokens are believed no more."""
    for session in sessions:
        if revoked(session.identity):
            session.wire.cut(line.POLICY_VIOLATION, "the token was revoked")

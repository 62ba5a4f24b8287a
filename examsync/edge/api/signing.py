"""Signing in, with a password or an access code; signing out; who one is (`/me`)."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.service import Access
from examsync.access.service.ring import SignedIn as Given
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer, address_of
from examsync.edge.api.entry import Entry
from protocol.http_access import ChangePassword, Me, SignedIn, SignIn, SignInWithCode

BODY_BYTES_MAX = 8_192

Reread = Callable[[], Awaitable[None]]
"""Learn at once, in this process, what has just been revoked."""


class Signing:
    """The handlers. `reread` is called after tokens were ended."""

    def __init__(self, access: Access, bearer: Bearer, reread: Reread) -> None:
        self._access = access
        self._bearer = bearer
        self._reread = reread

    async def sign_in(self, request: Request) -> Response:
        """A token for whoever knows the password."""
        asked = await bodies.read(request, SignIn, BODY_BYTES_MAX)
        accounts, address = self._access.accounts, address_of(request)
        return _signed_in(await accounts.sign_in(asked.login, asked.password, address=address))

    async def with_code(self, request: Request) -> Response:
        """A token for whoever holds the slip."""
        asked = await bodies.read(request, SignInWithCode, BODY_BYTES_MAX)
        codes, address = self._access.codes, address_of(request)
        return _signed_in(await codes.sign_in(asked.code, address=address))

    async def renew(self, request: Request) -> Response:
        """A fresh token for the same person, as long as this one is good."""
        who = self._bearer.identify(request)
        return _signed_in(await self._access.renewing.renew(who))

    async def sign_out(self, request: Request) -> Response:
        """This token is refused from now on; elsewhere within five seconds."""
        await self._access.accounts.sign_out(self._bearer.identify(request))
        await self._reread()
        return Response(status_code=204)

    async def me(self, request: Request) -> Response:
        """What the token says."""
        who = self._bearer.identify(request)
        exams, halls = sorted(who.exams), sorted(who.halls)
        return bodies.json(Me(who.subject, who.role, who.name, exams, halls, who.expires_at))

    async def change_password(self, request: Request) -> Response:
        """One's own; all tokens until now are refused, this one too."""
        who = self._bearer.identify(request)
        asked = await bodies.read(request, ChangePassword, BODY_BYTES_MAX)
        await self._access.accounts.change_password(
            who, asked.old, asked.new, address=address_of(request)
        )
        await self._reread()
        return Response(status_code=204)


def _signed_in(given: Given) -> Response:
    who = given.identity
    exams, halls = sorted(who.exams), sorted(who.halls)
    said = SignedIn(given.token, who.expires_at, who.subject, who.role, who.name, exams, halls)
    return bodies.json(said)


def entries(desk: Signing) -> list[Entry]:
    """The routes."""
    tag = "signing in"
    return [
        *_openings(desk, tag),
        Entry(
            "POST",
            "/sign-in/renew",
            desk.renew,
            "A fresh token for the same person; until a day after signing in.",
            tag=tag,
            gives=SignedIn,
        ),
        Entry("POST", "/sign-out", desk.sign_out, "Refuse this token from now on.", tag=tag),
        Entry("GET", "/me", desk.me, "Who the token says you are.", tag=tag, gives=Me),
        Entry(
            "POST",
            "/my/password",
            desk.change_password,
            "A new password for yourself; it signs you out everywhere.",
            tag=tag,
            takes=ChangePassword,
        ),
    ]


def _openings(desk: Signing, tag: str) -> list[Entry]:
    """Those that need no token."""
    with_password = "A token for a login and a password."
    with_code = "A candidate's token for one exam, for the access code of a slip."
    return [
        Entry("POST", path, handler, summary, tag=tag, takes=takes, gives=SignedIn, open=True)
        for path, handler, summary, takes in (
            ("/sign-in", desk.sign_in, with_password, SignIn),
            ("/sign-in/code", desk.with_code, with_code, SignInWithCode),
        )
    ]

"""`POST /sign-in`: a login and a password for a token."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.service import Accounts
from examsync.edge.api import bodies
from examsync.edge.api.entry import Entry
from protocol.http import SignedIn, SignIn

BODY_BYTES_MAX = 8_192


class Signing:
    """Signing in."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def sign_in(self, request: Request) -> Response:
        """A token for whoever knows the password."""
        asked = await bodies.read(request, SignIn, BODY_BYTES_MAX)
        address = request.client.host if request.client is not None else ""
        given = await self._accounts.sign_in(asked.login, asked.password, address=address)
        who = given.identity
        said = SignedIn(
            given.token,
            who.expires_at,
            who.subject,
            who.role,
            who.name,
            sorted(who.exams),
            sorted(who.halls),
        )
        return bodies.json(said)


def entries(desk: Signing) -> list[Entry]:
    """The routes."""
    return [
        Entry(
            "POST",
            "/sign-in",
            desk.sign_in,
            "A token for a login and a password.",
            tag="signing in",
            takes=SignIn,
            gives=SignedIn,
            open=True,
        ),
    ]

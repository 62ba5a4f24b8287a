"""Who asks over HTTP: a bearer token, never a cookie, never the address or the Host header."""

from starlette.requests import Request

from examsync.access.role import Action, require
from examsync.access.token import Identity
from examsync.edge.sockets.doorkeeper import Doorkeeper
from examsync.errors import ExamError
from protocol.problems import Code


class Bearer:
    """Reads `Authorization: Bearer <token>`."""

    def __init__(self, keeper: Doorkeeper) -> None:
        self._keeper = keeper

    def identify(self, request: Request) -> Identity:
        """Who asks. Raises ExamError UNAUTHORIZED, TOKEN_EXPIRED."""
        given = request.headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token:
            raise ExamError(Code.UNAUTHORIZED, "send `Authorization: Bearer <token>`")
        return self._keeper.identify(token.strip())

    def allowed(self, request: Request, action: Action, exam: str | None = None) -> Identity:
        """Who asks, if that person may do this. Raises ExamError, FORBIDDEN too."""
        identity = self.identify(request)
        require(identity, action, exam=exam)
        return identity

"""Who asks over HTTP: a bearer token or an API key, never a cookie, never the address or the Host
header."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.limit import Limits, Rate
from examsync.access.role import Action, require
from examsync.access.token import Identity
from examsync.edge.sockets.doorkeeper import Doorkeeper
from examsync.edge.sockets.rates import SUBJECTS_MAX
from examsync.errors import ExamError
from protocol.problems import Code

REQUESTS = Rate(per_s=20.0, burst=200)
"""Of one person or API key at one process: far more than a page or a program that waits for answers
asks for. What a person sends in an exam has a purse of its own (`sockets.rates`)."""

IDENTITY = "examsync.identity"
TOKEN = "examsync.token"
"""What is known of a request, in its scope."""

Handler = Callable[[Request], Awaitable[Response]]


class Bearer:
    """Reads `Authorization: Bearer <token>`. Whoever asks too often is told to wait, whatever the
    token and the connection."""

    def __init__(self, keeper: Doorkeeper, now: Callable[[], int]) -> None:
        self._keeper = keeper
        self._limits: Limits[str] = Limits(REQUESTS, SUBJECTS_MAX)
        self._now = now

    def identify(self, request: Request) -> Identity:
        """Who asks; a request is charged once. Raises ExamError UNAUTHORIZED, TOKEN_EXPIRED,
        RATE_LIMITED."""
        known: Identity | None = request.scope.get(IDENTITY)
        if known is not None:
            return known
        token = _token(request)
        if not token:
            raise ExamError(Code.UNAUTHORIZED, "send `Authorization: Bearer <token>`")
        identity = self._keeper.identify(token)
        if wait_ms := self._limits.take(identity.subject, self._now()):
            raise ExamError(Code.RATE_LIMITED, retry_after_ms=wait_ms)
        request.scope[IDENTITY] = identity
        return identity

    def allowed(self, request: Request, action: Action, exam: str | None = None) -> Identity:
        """Who asks, if that person may do this. Raises ExamError, FORBIDDEN too."""
        identity = self.identify(request)
        require(identity, action, exam=exam)
        return identity

    def ready(self, handler: Handler) -> Handler:
        """The handler, called when all is at hand that `identify` needs to know of the bearer."""

        async def answered(request: Request) -> Response:
            if token := _token(request):
                await self._keeper.ready(token, address_of(request))
            return await handler(request)

        return answered


def address_of(request: Request) -> str:
    """The address of the client, or what a proxy that is believed says it is."""
    return request.client.host if request.client is not None else ""


def _token(request: Request) -> str:
    """What the request shows; "" for nothing, and for two things at once. Read once."""
    token: str | None = request.scope.get(TOKEN)
    if token is None:
        given = [value for name, value in request.scope["headers"] if name == b"authorization"]
        scheme, _, shown = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        token = shown.decode("latin-1").strip() if scheme.lower() == b"bearer" else ""
        request.scope[TOKEN] = token
    return token

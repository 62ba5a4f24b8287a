"""Every route of the HTTP API, in one table, and what all of them share: refusals become problems,
and every response has the headers of `errors`.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from examsync.edge.api import errors
from examsync.edge.api.acts import Acts
from examsync.edge.api.banks import Banks
from examsync.edge.api.exams import ExamDesk
from examsync.edge.api.health import Health
from examsync.edge.api.signing import Signing
from examsync.edge.sockets.wire import Message, Receive, Send
from examsync.errors import ExamError, Unavailable
from examsync.infra.log import logger
from protocol.problems import Code, problem

log = logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]

_HEADERS = [(name.encode(), value.encode()) for name, value in errors.HEADERS.items()]


class Desks(Struct, frozen=True):
    """Who handles what."""

    health: Health
    signing: Signing
    banks: Banks
    exams: ExamDesk
    acts: Acts


def routes(desks: Desks) -> list[BaseRoute]:
    """The table."""
    exams, exam = desks.exams, "/admin/exams/{exam}"
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/livez", desks.health.livez),
        ("GET", "/readyz", desks.health.readyz),
        ("GET", "/metrics", desks.health.metrics),
        ("POST", "/sign-in", desks.signing.sign_in),
        ("POST", "/admin/banks/{bank}/import", desks.banks.import_questions),
        ("POST", "/admin/papers", desks.banks.create_paper),
        ("GET", "/admin/exams", exams.listed),
        ("POST", "/admin/exams", exams.create),
        ("POST", f"{exam}/publish", exams.publish),
        ("POST", f"{exam}/archive", exams.archive),
        ("POST", f"{exam}/candidates", exams.register),
        ("GET", f"{exam}/export", exams.export),
        ("GET", f"{exam}/results", exams.results),
        ("POST", f"{exam}/release", exams.release),
        ("POST", "/exams/{exam}/acts/{act}", desks.acts.act),
    ]
    return [Route(path, told(handler), methods=[method]) for method, path, handler in table]


def api(desks: Desks, origins: tuple[str, ...]) -> "Headers":
    """The application. CORS is off unless origins of pages are configured."""
    cross = Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
    )
    app = Starlette(
        routes=routes(desks),
        middleware=[cross] if origins else [],
        exception_handlers={HTTPException: _http_problem},
    )
    app.router.redirect_slashes = False  # it would build a location from the Host header
    return Headers(app)


def told(handler: Handler) -> Handler:
    """A handler whose refusals and defects are problems."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except ExamError as refusal:
            return errors.response(refusal.problem)
        except Unavailable as error:
            log.warning(
                "a request found storage away", path=request.scope["path"], error=str(error)
            )
            return errors.response(problem(Code.UNAVAILABLE, retry_after_ms=1_000))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception:
            log.exception("a request failed", path=request.scope["path"])
            return errors.response(problem(Code.INTERNAL))

    return answered


async def _http_problem(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself: no such path, another method."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = Code.NOT_FOUND if status == 404 else Code.BAD_REQUEST
    response = errors.response(problem(code, str(getattr(error, "detail", ""))), status=status)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


class Headers:
    """Adds `errors.HEADERS` to every response that does not have them."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One ASGI connection."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {name.lower() for name, _ in message["headers"]}
                missing = [each for each in _HEADERS if each[0] not in named]
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        await self._app(scope, receive, dressed)

"""The routes of the HTTP API, from the entries of all desks, and what they share: refusals become
problems, and every response has the headers of `errors`.
"""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from examsync.edge import origin, static
from examsync.edge.api import errors, openapi
from examsync.edge.api.entry import Entry, Handler
from examsync.edge.api.shelves import Shelves
from examsync.edge.sockets.wire import Message, Receive, Send
from examsync.errors import ExamError, Unavailable
from examsync.infra.log import logger
from protocol.problems import Code, problem
from protocol.types import ID_CHARS_MAX, Id

log = logger(__name__)

ID_RULE = f"letters, digits, - _ . and :, at most {ID_CHARS_MAX}"

_HEADERS = [(name.encode(), value.encode()) for name, value in errors.HEADERS.items()]


def api(entries: Sequence[Entry], origins: tuple[str, ...]) -> "Headers":
    """The application of these routes. CORS is off unless origins of pages are configured."""
    described = openapi.Described()
    described.entries = [*entries, *openapi.entries(described)]
    cross = Middleware(
        CORSMiddleware,
        allow_origins=origin.serialised(origins),
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type"],
        expose_headers=["content-disposition", "retry-after"],
    )
    app = Starlette(
        routes=[Shelves(map(route, described.entries)), *static.routes(static.Built())],
        middleware=[cross] if origins else [],
        exception_handlers={HTTPException: _http_problem},
    )
    app.router.redirect_slashes = False  # it would build a location from the Host header
    return Headers(app)


def route(entry: Entry) -> Route:
    """The route of an entry."""
    return Route(entry.path, told(entry.handler), methods=[entry.method])


def told(handler: Handler) -> Handler:
    """A handler whose refusals and defects are problems."""

    async def answered(request: Request) -> Response:
        try:
            _check_path(request.path_params)
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


def _check_path(named: Mapping[str, str]) -> None:
    """Whatever stands in a path is an id. Raises ExamError BAD_REQUEST."""
    for text in named.values():
        try:
            msgspec.convert(text, Id)
        except msgspec.ValidationError:
            detail = f"{text[:ID_CHARS_MAX]!r} in the path is no id: use {ID_RULE}"
            raise ExamError(Code.BAD_REQUEST, detail) from None


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

"""The OpenAPI 3.1 document of the HTTP API, made from the table of routes by spectree.

spectree reads Structs and paths; what it cannot know is added here: media types of files, one
description of all problems, shapes of ids. Nothing of it runs when a request is answered.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

import msgspec
from spectree import Response as Gives
from spectree import SecurityScheme, SpecTree
from spectree.model_adapter import get_msgspec_model_adapter
from spectree.models import SecureType, SecuritySchemeData
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from examsync import __version__
from examsync.edge.api import errors
from examsync.edge.api.entry import Entry
from protocol import schema
from protocol.problems import MEANINGS, Problem
from protocol.types import Id

Node = dict[str, Any]

JSON = "application/json"
BEARER = "bearer"
PROBLEM_REF = "#/components/responses/problem"
TITLE = "ExamSync"
_ID = msgspec.json.schema(Id)
"""Whatever stands in a path is the id of something."""
ABOUT = (
    "The HTTP API of the real-time exam server. Exams are sat and watched over Socket.IO, which "
    "protocol/generated/asyncapi.json describes. Times are integer milliseconds since 1970 UTC. "
    "Every error is application/problem+json; its `code` is stable."
)


def document(entries: Sequence[Entry]) -> Node:
    """The document of these routes."""
    tree = SpecTree(
        "starlette",
        model_adapter=get_msgspec_model_adapter(),
        naming_strategy=_name,
        nested_naming_strategy=lambda parent, child: child,
        annotations=False,
        title=TITLE,
        version=__version__,
        description=ABOUT,
        path="nothing-is-served-here",
        security_schemes=[SecurityScheme(BEARER, SecuritySchemeData(SecureType.HTTP, **_SCHEME))],
        security={BEARER: []},
    )
    routes = [
        Route(entry.path, _described(tree, entry), methods=[entry.method]) for entry in entries
    ]
    tree.app = Starlette(routes=routes)
    made: Node = tree.spec
    _finish(made, entries)
    return made


_SCHEME: dict[str, Any] = {
    "scheme": "bearer",
    "description": "A token of POST /sign-in or `examsync token issue`, or an API key.",
}


def _described(tree: SpecTree, entry: Entry) -> Any:
    """A function that stands for the handler, with what spectree is to know of it."""

    async def handler(request: Request) -> Response:
        return await entry.handler(request)

    handler.__doc__ = entry.summary
    return tree.validate(
        query=entry.asks,
        json=None if isinstance(entry.takes, str) else entry.takes,
        resp=Gives(**{f"HTTP_{_status(entry)}": _model(entry.gives)}, HTTP_400=Problem),
        tags=(entry.tag,),
        security={} if entry.open else None,
        validation_error_status=400,
        skip_validation=True,
        operation_id=operation_id(entry),
    )(handler)


def operation_id(entry: Entry) -> str:
    """A name that is unique: the handler's words come from the path."""
    words = [part.strip("{}").replace("-", "_") for part in entry.path.split("/") if part]
    return "_".join([entry.method.lower(), *words]).replace(".", "_")


def _status(entry: Entry) -> int:
    return HTTPStatus.NO_CONTENT if entry.gives is None else entry.status


def _model(gives: Any) -> Any:
    return None if isinstance(gives, str) else gives


def _name(model: Any) -> str:
    """The name of a schema: that of the Struct, or `XList` for a list of X."""
    if isinstance(model, type):
        return model.__name__
    inner = get_args(model)[0]
    return f"{get_args(inner)[0].__name__}List" if get_origin(inner) is list else str(model)


# --- what spectree cannot know --------------------------------------------------------------------


def _finish(made: Node, entries: Sequence[Entry]) -> None:
    for entry in entries:
        operation = made["paths"][entry.path][entry.method.lower()]
        _media(operation, entry)
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter["schema"] = _ID
        operation["responses"].pop("400")
        operation["responses"]["default"] = {"$ref": PROBLEM_REF}
    named = made["components"]["schemas"]
    schema.settle(made)
    plain = named["Problem"]  # as it is inside other bodies; a response's own says its status too
    named["ProblemResponse"] = {
        **plain,
        "title": "ProblemResponse",
        "properties": {**plain["properties"], "status": {"type": "integer"}},
        "required": [*plain["required"], "status"],
    }
    content = {errors.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemResponse"}}}
    made["components"]["responses"] = {
        "problem": {"description": _problems(), "content": content},
    }
    made["components"]["schemas"] = dict(sorted(named.items()))


def _media(operation: Node, entry: Entry) -> None:
    """The media types of files and texts, in and out."""
    if isinstance(entry.takes, str):
        operation["requestBody"] = {"content": {entry.takes: {"schema": {}}}, "required": True}
    answer = operation["responses"][str(int(_status(entry)))]
    for media in (entry.gives if isinstance(entry.gives, str) else None, entry.also):
        if media is not None:
            answer.setdefault("content", {})[media] = {"schema": {"type": "string"}}


def _problems() -> str:
    """Every code with its status and meaning, as Markdown."""
    return "\n".join(["A problem (RFC 9457), by its `code`:", "", *_lines()])


def _lines() -> Iterator[str]:
    for code, meaning in MEANINGS.items():
        again = " May be repeated." if meaning.retry else ""
        yield f"- `{code}` ({int(errors.STATUS[code])}): {meaning.title}{again}"


class Described:
    """Serves the document; it is made when it is first asked for."""

    def __init__(self) -> None:
        self.entries: Sequence[Entry] = ()
        self._body = b""

    async def openapi(self, request: Request) -> Response:
        """The document."""
        del request
        if not self._body:
            self._body = msgspec.json.encode(document(self.entries))
        return Response(self._body, media_type=JSON)


def entries(desk: Described) -> list[Entry]:
    """Its route."""
    return [
        Entry(
            "GET",
            "/openapi.json",
            desk.openapi,
            "This document.",
            tag="health",
            gives=JSON,
            open=True,
        )
    ]

"""One route of the HTTP API as data: what answers it, and what the OpenAPI document says of it.

Each desk's file gives its own list, `entries(desk)`; `routes` puts them together.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]

TEXT = "text/plain"
CSV = "text/csv"
NDJSON = "application/x-ndjson"


class Entry(Struct, frozen=True):
    """A route. `takes` and `gives`: the type of a JSON body, or the media type of any other one.

    `gives` None: an answer without a body (204). `also` is a media type that the answer can have
    besides (`?format=csv`), `asks` the Struct of the query: read it with `bodies.query`. `tag` is
    the area the route is listed under, `open` that it needs no token.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    takes: Any = None
    gives: Any = None
    asks: type[Struct] | None = None
    also: str | None = None
    status: int = 200
    open: bool = False

"""What comes in and goes out over HTTP: bounded bodies read into Structs, Structs as JSON."""

from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from examsync.errors import ExamError
from protocol.problems import Code

T = TypeVar("T")

JSON = "application/json"
FILE_BYTES_MAX = 16_777_216
"""An uploaded bank or list of candidates: far above any that people make."""
DETAIL_CHARS_MAX = 300


async def raw(request: Request, bytes_max: int) -> bytes:
    """The body. Raises ExamError TOO_LARGE before more than this is in memory."""
    too_large = ExamError(Code.TOO_LARGE, f"at most {bytes_max} bytes")
    claimed = request.headers.get("content-length", "0")
    if not claimed.isascii() or not claimed.isdigit() or int(claimed[:20]) > bytes_max:
        raise too_large
    chunks = bytearray()
    async for chunk in request.stream():
        if len(chunks) + len(chunk) > bytes_max:
            raise too_large
        chunks += chunk
    return bytes(chunks)


async def read(request: Request, body: type[T], bytes_max: int) -> T:
    """The JSON body as this Struct. Raises ExamError TOO_LARGE, BAD_REQUEST."""
    found: T = decoded(await raw(request, bytes_max), body)
    return found


def decoded(data: bytes, body: Any) -> Any:
    """JSON as this type. Raises ExamError BAD_REQUEST that says what is wrong where."""
    try:
        return msgspec.json.decode(data, type=body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ExamError(Code.BAD_REQUEST, str(error)[:DETAIL_CHARS_MAX]) from None


def json(body: object, status: int = 200) -> Response:
    """A Struct as JSON."""
    return Response(msgspec.json.encode(body), status, media_type=JSON)

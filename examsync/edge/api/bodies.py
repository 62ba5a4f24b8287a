"""What comes in and goes out over HTTP: bounded bodies and queries read into Structs, Structs as
JSON, files as downloads."""

import asyncio
import contextlib
import difflib
import enum
import functools
from collections.abc import AsyncIterator, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from examsync.errors import ExamError
from protocol.problems import Code

T = TypeVar("T")
Asked = TypeVar("Asked", bound=msgspec.Struct)

JSON = "application/json"
FILE_BYTES_MAX = 16_777_216
"""An uploaded bank or list of candidates: far above any that people make."""
DISCARDED_BYTES_MAX = 2 * FILE_BYTES_MAX
"""Of a body that is refused: who still sends does not hear why. More than this is cut off."""
DISCARDING_S = 5.0
DETAIL_CHARS_MAX = 300


async def raw(request: Request, bytes_max: int) -> bytes:
    """The body. Raises ExamError TOO_LARGE before more than this is in memory."""
    claimed = request.headers.get("content-length", "0")
    stream = request.stream()
    if not claimed.isascii() or not claimed.isdigit() or int(claimed[:20]) > bytes_max:
        raise await _too_large(stream, bytes_max)
    chunks = bytearray()
    async for chunk in stream:
        if len(chunks) + len(chunk) > bytes_max:
            raise await _too_large(stream, bytes_max)
        chunks += chunk
    return bytes(chunks)


async def _too_large(stream: AsyncIterator[bytes], bytes_max: int) -> ExamError:
    """The refusal, once most senders have come to the end and listen."""
    left = DISCARDED_BYTES_MAX
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DISCARDING_S):
            async for chunk in stream:
                left -= len(chunk)
                if left < 0:
                    break
    return ExamError(Code.TOO_LARGE, f"at most {bytes_max} bytes")


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


def file(body: bytes, media: str, name: str) -> Response:
    """A download of this name (an id and a suffix: nothing in it needs quoting)."""
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    kind = f"{media}; charset=utf-8" if media.startswith("text/") else media
    return Response(body, media_type=kind, headers=disposition)


# --- queries --------------------------------------------------------------------------------------


def query(request: Request, asked: type[Asked]) -> Asked:
    """The query (`?a=b&c=d`) as this Struct; `?flag` alone is true.

    Raises ExamError BAD_REQUEST for a name that is not asked for, one that is there twice, and a
    value that is none of those allowed, which it names.
    """
    fields = _fields(asked)
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in fields:
            raise ExamError(Code.BAD_REQUEST, _unknown(name, fields))
        if name in given:
            raise ExamError(Code.BAD_REQUEST, f"?{name}= is there twice")
        given[name] = "true" if fields[name] is bool and value in ("", "yes") else value
    try:
        return msgspec.convert(given, asked, strict=False)
    except msgspec.ValidationError as error:
        raise ExamError(Code.BAD_REQUEST, _wrong(str(error), fields)) from None


@functools.cache
def _fields(asked: type[msgspec.Struct]) -> Mapping[str, Any]:
    """The types of a query's parameters by name; msgspec finds them anew each time."""
    found = {field.encode_name: field.type for field in msgspec.structs.fields(asked)}
    return MappingProxyType(found)


def _unknown(name: str, fields: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, fields, 1)
    meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join(fields) or 'none'}"
    return f"there is no ?{name[:40]}= here; {meant}"


def _wrong(error: str, fields: Mapping[str, Any]) -> str:
    """msgspec's words, by the parameter's name, with what is allowed where that is a choice."""
    said, _, place = error.partition(" - at `$.")
    name = place.rstrip("`")
    allowed = _choices(msgspec.inspect.type_info(fields[name])) if name in fields else []
    among = f"; use one of: {', '.join(allowed)}" if allowed else ""
    return f"?{name}=: {said[0].lower()}{said[1:]}{among}"[:DETAIL_CHARS_MAX]


def _choices(kind: msgspec.inspect.Type) -> list[str]:
    """The values of a choice, or of the choice in a union."""
    match kind:
        case msgspec.inspect.EnumType(cls=cls):
            return [str(member.value) for member in _members(cls)]
        case msgspec.inspect.LiteralType(values=values):
            return [str(value) for value in values]
        case msgspec.inspect.UnionType(types=types):
            return [value for each in types for value in _choices(each)]
        case msgspec.inspect.Metadata(type=inner):
            return _choices(inner)
    return []


def _members(cls: Any) -> Iterable[enum.Enum]:
    return list(cls)

"""How a problem looks over HTTP: statuses, and `application/problem+json` (RFC 9457).

Errors know codes; only here do codes know statuses.
"""

import math
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from examsync.infra import metrics
from protocol.problems import Code, Problem

CONTENT_TYPE = "application/problem+json"

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""On every response that does not say otherwise: browsers take nothing for what it is not."""

_S = HTTPStatus
STATUS: dict[Code, HTTPStatus] = {
    Code.BAD_REQUEST: _S.BAD_REQUEST,
    Code.UNKNOWN_EVENT: _S.NOT_FOUND,
    Code.TOO_LARGE: _S.REQUEST_ENTITY_TOO_LARGE,
    Code.RATE_LIMITED: _S.TOO_MANY_REQUESTS,
    Code.INTERNAL: _S.INTERNAL_SERVER_ERROR,
    Code.UNAUTHORIZED: _S.UNAUTHORIZED,
    Code.TOKEN_EXPIRED: _S.UNAUTHORIZED,
    Code.FORBIDDEN: _S.FORBIDDEN,
    Code.NOT_FOUND: _S.NOT_FOUND,
    Code.LEVEL_TOO_OLD: _S.BAD_REQUEST,
    Code.POLLING_REFUSED: _S.BAD_REQUEST,
    Code.NOT_JOINED: _S.CONFLICT,
    Code.NOT_STARTED: _S.CONFLICT,
    Code.ALREADY_STARTED: _S.CONFLICT,
    Code.EXAM_NOT_OPEN: _S.CONFLICT,
    Code.EXAM_OVER: _S.CONFLICT,
    Code.PAUSED: _S.CONFLICT,
    Code.NOT_PAUSED: _S.CONFLICT,
    Code.TOO_LATE: _S.CONFLICT,
    Code.ATTEMPT_CLOSED: _S.CONFLICT,
    Code.ATTEMPT_OPEN: _S.CONFLICT,
    Code.UNKNOWN_ITEM: _S.UNPROCESSABLE_ENTITY,
    Code.BAD_RESPONSE: _S.UNPROCESSABLE_ENTITY,
    Code.SEQ_REUSED: _S.CONFLICT,
    Code.ID_REUSED: _S.CONFLICT,
    Code.LEASE_LOST: _S.CONFLICT,
    Code.TAKEOVER_PENDING: _S.CONFLICT,
    Code.TAKEOVER_REFUSED: _S.CONFLICT,
    Code.NO_TAKEOVER: _S.CONFLICT,
    Code.ANSWERS_MISSING: _S.CONFLICT,
    Code.BAD_RECEIPT: _S.UNPROCESSABLE_ENTITY,
    Code.TOO_MANY: _S.CONFLICT,
    Code.UNAVAILABLE: _S.SERVICE_UNAVAILABLE,
    Code.STORAGE_FULL: _S.SERVICE_UNAVAILABLE,
    Code.DRAINING: _S.SERVICE_UNAVAILABLE,
    Code.CONFLICT: _S.CONFLICT,
    Code.IMPORT_FAILED: _S.UNPROCESSABLE_ENTITY,
    Code.FROZEN: _S.CONFLICT,
    Code.EXISTS: _S.CONFLICT,
    Code.NOT_RELEASED: _S.NOT_FOUND,
}


class Told(msgspec.Struct, frozen=True):
    """An HTTP response that tells a problem: status, body, and headers besides."""

    status: int
    body: bytes
    headers: dict[str, str]


def told(problem: Problem, *, status: int | None = None, **besides: object) -> Told:
    """The response to send for a problem, with members of its own if any are given.

    `type` is left out, which means `about:blank`: our codes are the stable names.
    """
    status = status or STATUS[problem.code]
    body = {**msgspec.to_builtins(problem), "status": int(status), **besides}
    headers = {**HEADERS, "content-type": CONTENT_TYPE}
    if problem.retry_after_ms is not None:
        headers["retry-after"] = str(max(1, math.ceil(problem.retry_after_ms / 1_000)))
    if status == _S.REQUEST_ENTITY_TOO_LARGE:
        headers["connection"] = "close"  # what is still on its way is not waited for
    if status == _S.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return Told(int(status), msgspec.json.encode(body), headers)


def response(problem: Problem, *, status: int | None = None, **besides: object) -> Response:
    """The same for Starlette; counted."""
    metrics.PROBLEMS.labels(problem.code).inc()
    said = told(problem, status=status, **besides)
    return Response(said.body, said.status, said.headers)

"""The peer without sockets: autosave by POST, one upsert per answer. Starlette and asyncpg."""

import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg
import jwt
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadtest.bench.peers import told
from loadtest.bench.peers.told import Refused, Told

MAKE = """
CREATE TABLE IF NOT EXISTS bench_answers (
    exam text, candidate text, item text, seq bigint, response text, saved_at bigint,
    PRIMARY KEY (exam, candidate, item))
"""
SAVE = """
INSERT INTO bench_answers VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (exam, candidate, item) DO UPDATE
SET seq = excluded.seq, response = excluded.response, saved_at = excluded.saved_at
WHERE bench_answers.seq < excluded.seq
"""
CONNECTIONS = 10

_json = msgspec.json.encode
_exam = Told()


class Said(msgspec.Struct):
    """The body of a POST."""

    seq: int
    item: str
    response: str | bool | int | float | list[str] | None


_said = msgspec.json.Decoder(Said).decode


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The pool, and the table."""
    pool = await asyncpg.create_pool(told.DATABASE, min_size=CONNECTIONS, max_size=CONNECTIONS)
    await pool.execute(MAKE)
    app.state.pool = pool
    yield
    await pool.close()


async def answer(request: Request) -> Response:
    """Save one answer of whoever the token names."""
    try:
        who = told.claims(request.headers["authorization"].removeprefix("Bearer "))
        said = _said(await request.body())
        now = round(time.time() * 1_000)
        _exam.fits(said.item, said.response)
        if now > _exam.terms["window_end"]:
            raise Refused("too_late")
    except (KeyError, jwt.PyJWTError):
        return reply({"ok": False, "code": "unauthorized"}, 401)
    except (Refused, msgspec.MsgspecError) as error:
        return reply({"ok": False, "code": str(error)}, 422)
    text = _json(said.response).decode()
    row = (_exam.id, who["sub"], said.item, said.seq, text, now)
    await request.app.state.pool.execute(SAVE, *row)
    return reply({"ok": True, "seq": said.seq, "saved_at": now}, 200)


def reply(body: object, status: int) -> Response:
    """JSON."""
    return Response(_json(body), status, media_type="application/json")


app = Starlette(routes=[Route("/answers", answer, methods=["POST"])], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app, port=told.PORT, access_log=False, log_level="warning", backlog=4_096)

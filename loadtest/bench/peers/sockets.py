"""The peer on python-socketio, written as its pages say: handlers, sessions, rooms, emits.

The durable work is that of the others: ExamSync's script, its keys and its facts.
"""

import time
from typing import Any

import socketio
import uvicorn

from loadtest.bench.peers import told
from loadtest.bench.peers.desk import Desk, Seated
from loadtest.bench.peers.told import Refused, Told

exam = Told()
desk = Desk(exam)
sio = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
app = socketio.ASGIApp(sio, on_startup=desk.open)
seats: dict[str, Seated] = {}


def now_ms() -> int:
    """The time."""
    return round(time.time() * 1_000)


@sio.on("connect", namespace="/exam")  # type: ignore[untyped-decorator]
@sio.on("connect", namespace="/monitor")  # type: ignore[untyped-decorator]
async def connect(sid: str, environ: Any, auth: dict[str, Any]) -> None:
    """Look at the token, remember who it is."""
    who = told.claims(auth["token"])
    space = "/exam" if who["role"] == "candidate" else "/monitor"
    session = {"name": who["sub"], "instance": auth["client"]["instance"], "until": who["exp"]}
    await sio.save_session(sid, session, namespace=space)


@sio.on("watch", namespace="/monitor")  # type: ignore[untyped-decorator]
async def watch(sid: str, said: dict[str, Any]) -> dict[str, Any]:
    """An examiner follows the exam."""
    await sio.enter_room(sid, said["exam"], namespace="/monitor")
    return {"ok": True, "exam": said["exam"]}


@sio.on("join", namespace="/exam")  # type: ignore[untyped-decorator]
async def join(sid: str, said: dict[str, Any]) -> dict[str, Any]:
    """A candidate sits down."""
    session = await sio.get_session(sid, namespace="/exam")
    seat = await desk.seat(session["name"])
    await desk.join(seat, said["id"], session["instance"], now_ms())
    seats[sid] = seat
    return {"ok": True, "attempt": seat.id, "lease": seat.core["lease"]}


@sio.on("start", namespace="/exam")  # type: ignore[untyped-decorator]
async def start(sid: str, said: dict[str, Any]) -> dict[str, Any]:
    """The clock runs."""
    seat = seats[sid]
    await desk.start(seat, said["id"], now_ms())
    return {"ok": True, "rev": seat.rev, "deadline": seat.deadline, "paper": exam.paper}


@sio.on("answer", namespace="/exam")  # type: ignore[untyped-decorator]
async def answer(sid: str, said: dict[str, Any]) -> dict[str, Any]:
    """An answer: saved, told to the examiners, acknowledged."""
    session = await sio.get_session(sid, namespace="/exam")
    now = now_ms()
    try:
        if session["until"] * 1_000 < now:
            raise Refused("token_expired")
        seat = seats[sid]
        ack = await desk.answer(seat, said, now)
    except (KeyError, Refused) as error:
        return {"ok": False, "problem": {"code": str(error), "retry": False}}
    row = {"exam": exam.id, "rows": [seat.row(len(exam.items))]}
    await sio.emit("progress", row, room=exam.id, namespace="/monitor")
    return ack


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=told.PORT,
        access_log=False,
        log_level="warning",
        ws_per_message_deflate=False,
        backlog=4_096,
    )

"""Examples of an outbox that goes over HTTP."""

from typing import Any

from protocol import http_sync as h
from protocol.examples.candidate import ACK, ANSWERS, CLIENT, JOINED
from protocol.examples.scene import INSTANCE
from protocol.from_client import Client

REQUESTS: dict[str, Any] = {
    "sync": h.Sync(
        Client(INSTANCE, name="examsync-web", version="0.1.0"),
        CLIENT["join"],
        [
            h.SyncEvent(start=CLIENT["start"]),
            h.SyncEvent(answer=ANSWERS[0]),
            h.SyncEvent(violation=CLIENT["violation"]),
            h.SyncEvent(raise_hand=CLIENT["raise_hand"]),
            h.SyncEvent(acknowledge=CLIENT["acknowledge"]),
            h.SyncEvent(submit=CLIENT["submit"]),
        ],
    ),
}

RESPONSES: dict[str, Any] = {
    "synced": h.Synced(
        JOINED,
        acks=[
            h.SyncAck(started=ACK["start"]),
            h.SyncAck(answer=ACK["answer"]),
            h.SyncAck(command=ACK["violation"]),
            h.SyncAck(command=ACK["raise_hand"]),
            h.SyncAck(command=ACK["acknowledge"]),
            h.SyncAck(refused=ACK["refused"]),
        ],
    ),
}

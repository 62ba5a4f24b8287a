"""All that the server says on sockets leaves here: acks, and events to one or to many.

Nothing here waits: a frame is queued on its connection, which is cut when it does not read
(`wire`).
"""

import msgspec

from examsync.edge.sockets import frames
from examsync.edge.sockets.rooms import Rooms
from examsync.edge.sockets.session import Session

_encode = msgspec.json.Encoder().encode


class Broadcast:
    """Speaks to the sessions of this process."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.sessions: dict[str, Session] = {}
        self._passed = ("", "", b"")
        self._frame = b""

    def ack(self, session: Session, ack_id: int, body: object) -> None:
        """Acknowledge an event; nothing once the client has left."""
        self.answer(session, ack_id, _encode(body))

    def answer(self, session: Session, ack_id: int, body: bytes) -> None:
        """As `ack`, when the body is JSON already."""
        if not session.gone:
            session.wire.push(frames.ack(session.namespace, ack_id, body))

    def tell(self, session: Session, event: str, body: object) -> None:
        """An event to one client."""
        session.wire.push(frames.told(session.namespace, event, _encode(body)))

    def pass_on(self, session: Session, event: str, body: bytes) -> None:
        """An event whose body is JSON already, the same bytes for many: one frame for all."""
        passed = (session.namespace, event, body)
        if passed != self._passed:
            self._passed, self._frame = passed, frames.told(*passed)
        session.wire.push(self._frame)

    def members(self, namespace: str, room: str) -> list[Session]:
        """The sessions in a room."""
        found = (self.sessions.get(sid) for sid in self.rooms.members(namespace, room))
        return [session for session in found if session is not None]

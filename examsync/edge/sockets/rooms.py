"""Every room name, built here only, and who is in which room of this process.

Names are prefixed, so no room can be taken for a connection's own (which is its sid), and no
client ever chooses one.
"""

from collections.abc import Iterator
from typing import Any

from engineio import packet as engine_packet
from socketio import AsyncManager, packet


def exam(exam_id: str) -> str:
    """All candidates of an exam."""
    return f"exam:{exam_id}"


def attempt(attempt_id: str) -> str:
    """All connections of one attempt; more than one during a change of device."""
    return f"attempt:{attempt_id}"


class Rooms(AsyncManager):  # type: ignore[misc]  # it ships no types
    """python-socketio's in-memory rooms, which also know the rooms of each connection.

    The stock manager looks through all rooms when somebody leaves: with 10,000 connections, each
    with a room of its own, that is a millisecond for every one that goes. Its rooms can be asked
    either way round, which is wanted of one of them only: all others are plain dicts here.
    """

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[str, set[Any]] = {}

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """As usual, and note the room."""
        if room is None or namespace not in self.rooms:
            super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        else:
            if sid != room and self.is_sid_room(namespace, room):
                raise ValueError("cannot enter a sid room")
            rooms = self.rooms[namespace]
            if eio_sid is None:
                eio_sid = rooms[None][sid]
            rooms.setdefault(room, {})[sid] = eio_sid
        self._of.setdefault(sid, set()).add(room)

    def let_in(self, eio_sid: str, namespace: str) -> str:
        """A connection that is wanted in a namespace: its sid there. What the stock manager does in
        two steps, with the handler between them."""
        sid: str = self.server.eio.generate_id()
        self.basic_enter_room(sid, namespace, None, eio_sid=eio_sid)
        self.basic_enter_room(sid, namespace, sid, eio_sid=eio_sid)
        return sid

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """As usual, of rooms that are plain dicts: who is in the room, or in one of several."""
        found: dict[str, str] = {}
        rooms = self.rooms.get(namespace, {})
        for each in [room] if room is None or isinstance(room, str) else room:
            found.update(rooms.get(each, {}))
        yield from found.items()

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Forget the room, then do as usual."""
        of = self._of.get(sid, set())
        of.discard(room)
        if not of:
            self._of.pop(sid, None)
        super().basic_leave_room(sid, namespace, room)

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Leave its own rooms; what is left for the stock method to find costs nothing."""
        for room in list(self._of.get(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        for waiting in (self.pending_connect, self.pending_disconnect):
            if sid in waiting.get(namespace, ()):
                waiting[namespace].remove(sid)
                if not waiting[namespace]:
                    del waiting[namespace]
        self.callbacks.pop(sid, None)

    async def emit(self, event: str, data: Any, namespace: str, **told: Any) -> None:
        """As usual, encoded once, and without a task for everybody who is told: ours never wait."""
        usual = super().emit
        if told.get("callback") is not None:  # then everybody's packet is another one
            await usual(event, data, namespace, **told)
            return
        spared = told.get("skip_sid")
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        body = [event, *arguments]
        frame = self.server.packet_class(packet.EVENT, namespace=namespace, data=body).encode()
        message = engine_packet.Packet(engine_packet.MESSAGE, frame)
        for sid, eio_sid in self.get_participants(namespace, told.get("to") or told.get("room")):
            if sid not in (spared if isinstance(spared, list) else [spared]):
                await self.server._send_eio_packet(eio_sid, message)

    def members(self, namespace: str, room: str) -> list[str]:
        """The sids in a room."""
        return list(self.rooms.get(namespace, {}).get(room, ()))

"""Socket.IO packets as python-socketio wants them: JSON by msgspec, never binary, never a look
into what is sent. Engine.IO packets that are frames already.
"""

from typing import Any

import msgspec
from socketio import packet

from examsync.edge.sockets import frames


class Packet(packet.Packet):  # type: ignore[misc]  # it ships no types
    """What comes in was read by the guard; what goes out has no attachments."""

    uses_binary_events = False

    def encode(self) -> str:
        """The frame, without Engine.IO's own digit in front."""
        head = str(self.packet_type)
        if self.namespace not in (None, "/"):
            head += f"{self.namespace},"
        if self.id is not None:
            head += str(self.id)
        return head if self.data is None else head + msgspec.json.encode(self.data).decode()

    def decode(self, encoded_packet: Any) -> int:
        """Take a frame apart; there are never attachments to wait for."""
        frame = frames.read(f"4{encoded_packet}")
        self.id = None
        self.data: object = None
        match frame:
            case frames.Connect(namespace=namespace, auth=auth):
                self.packet_type, self.namespace, self.data = packet.CONNECT, namespace, auth
            case frames.Leave(namespace=namespace):
                self.packet_type, self.namespace = packet.DISCONNECT, namespace
            case frames.Event(namespace=namespace, ack_id=ack_id, body=body):
                self.packet_type, self.namespace = packet.EVENT, namespace
                self.id, self.data = ack_id, body
        return 0


class Ready:
    """A frame in python-engineio's queue, encoded already."""

    __slots__ = ("_message",)

    def __init__(self, message: bytes) -> None:
        self._message = message

    def encode(self, b64: bool = False) -> str:
        """The frame; only polling would ask for base64."""
        del b64
        return self._message.decode()

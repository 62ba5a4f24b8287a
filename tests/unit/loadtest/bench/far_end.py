"""A server that sends people away, and then lets them join; for the generator."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

ANSWERS = (
    '0{"sid":"s"}',
    '40/exam,{"sid":"e"}',
    '43/exam,1[{"ok":true,"lease":"1700000000000-a"}]',
)
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


@contextlib.contextmanager
def listening(sends_away: int, retry_after_ms: int) -> Iterator[tuple[int, list[float]]]:
    """Its port, and when somebody dialled: so many are refused, all others join."""
    dialled_at: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(
            target=_serve, args=(door, sends_away, retry_after_ms, dialled_at), daemon=True
        )
        thread.start()
        yield int(door.getsockname()[1]), dialled_at
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(door: socket.socket, sends_away: int, wait_ms: int, dialled_at: list[float]) -> None:
    with contextlib.suppress(OSError):  # it is shut
        while True:
            line, _ = door.accept()
            dialled_at.append(time.monotonic())
            with line:
                line.recv(65_536)
                if len(dialled_at) <= sends_away:
                    line.sendall(_refusal(wait_ms))
                else:
                    _let_join(line)


def _refusal(wait_ms: int) -> bytes:
    body = f'{{"code":"unavailable","retry":true,"retry_after_ms":{wait_ms}}}'
    head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def _let_join(line: socket.socket) -> None:
    line.sendall(SWITCHING)
    for text in ANSWERS:
        line.sendall(bytes([0x81, len(text)]) + text.encode())
        line.recv(65_536)

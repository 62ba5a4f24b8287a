"""Ports for what we start: of the loopback, free, and never given to outgoing connections; and the
URLs that name them.

A client that keeps dialling a killed server can be given that very port for its own end, connect
to itself and keep it; so the kernel's ephemeral range is avoided.
"""

import atexit
import secrets
import socket
from collections import deque
from urllib.parse import urlsplit, urlunsplit

LOOPBACK = "127.0.0.1"
PORTS = range(12_000, 20_000)
"""Below the ephemeral ranges of Linux and macOS, and apart from the storage servers' own."""
TRIES = 100
CLAIMS_MAX = 512
"""So many ports are kept for what this process is about to start; older ones are in use or over."""

_claims: deque[socket.socket] = deque()


class NoPort(Exception):
    """All ports that were looked at are taken: something on this machine holds thousands."""


def free_port() -> int:
    """A port on which nobody listens, and that no other call gets here or in another process that
    asks this way. Raises NoPort."""
    for _ in range(TRIES):
        port = PORTS[secrets.randbelow(len(PORTS))]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
                _claim(port)
            except OSError:
                continue
            return port
    raise NoPort(f"No free port was found between {PORTS.start} and {PORTS.stop}.")


def _claim(port: int) -> None:
    """Keep the UDP port of the same number, which nobody here uses: who else asks for the port
    before somebody listens on it finds it taken. Raises OSError."""
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((LOOPBACK, port))
    except OSError:
        claim.close()
        raise
    _claims.append(claim)
    if len(_claims) > CLAIMS_MAX:
        _claims.popleft().close()


@atexit.register
def give_back() -> None:
    """Give up all claims."""
    while _claims:
        _claims.popleft().close()


def through(url: str, port: int) -> str:
    """The same URL with another port: the way through a proxy."""
    parts = urlsplit(url)
    way, _, _ = parts.netloc.rpartition(":")
    return urlunsplit(parts._replace(netloc=f"{way}:{port}"))


def port_of(url: str) -> int:
    """The port in a URL that has one."""
    return urlsplit(url).port or 0


def password_of(url: str) -> str:
    """The password in a URL that has one."""
    return urlsplit(url).password or ""


def with_path(url: str, path: str) -> str:
    """The same URL with another path: another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=path))

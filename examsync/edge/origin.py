"""Which pages may connect (pure): the Origin a browser sends is compared, never a cookie trusted.

Browsers cannot be made to lie about it, so a page elsewhere cannot open a socket with somebody's
address (CSWSH). Programs that send no Origin are not pages and pass: their token decides.
"""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}


def allowed(origins: list[bytes], host: bytes, listed: Collection[str]) -> bool:
    """Whether a request with these Origin headers may go on.

    `listed`: origins allowed besides the one of the page's own server, which `host` names.
    """
    if not origins:
        return True
    if len(origins) > 1 or not origins[0].isascii():
        return False
    origin = origins[0].decode()
    parts = _split(origin)
    if parts is None:
        return False
    if any(_same(parts, _split(each.lower().rstrip("/"))) for each in listed):
        return True
    here = _split(f"{parts.scheme}://{host.decode('latin-1')}")
    return here is not None and _authority(here) == _authority(parts)


def serialised(listed: Collection[str]) -> list[str]:
    """Listed origins as browsers write them: small letters, no slash at the end, no usual port."""
    found = []
    for each in listed:
        parts = _split(each.lower().rstrip("/"))
        if parts is not None:
            usual = parts.port in (None, _PORTS[parts.scheme])
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            found.append(f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}"))
    return found


def _split(origin: str) -> SplitResult | None:
    """The parts of a serialised origin (scheme://host[:port]); None for anything more or less."""
    try:
        parts = urlsplit(origin)
        bare = f"{parts.scheme}://{parts.netloc}"
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if bare != origin.lower() or parts.scheme not in _PORTS or not port_is_number:
        return None
    if not parts.hostname or "@" in parts.netloc or not parts.netloc.isprintable():
        return None
    return parts


def _same(one: SplitResult, other: SplitResult | None) -> bool:
    return other is not None and one.scheme == other.scheme and _authority(one) == _authority(other)


def _authority(parts: SplitResult) -> tuple[str, int]:
    return (parts.hostname or "", parts.port or _PORTS[parts.scheme])

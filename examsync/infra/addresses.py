"""Which network addresses a server may be sent to by others, and which URLs (pure; knows no exam).

Against request forgery: whoever names a URL must not make us speak to our own machines. Called by
`infra.outward` for the very address it is about to dial, and for URLs before they are stored.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

PORTS = frozenset({443, 8443})
"""Where web servers listen with TLS; what else listens on a public address is not for webhooks."""
URL_CHARS_MAX = 2_000

_V4_REFUSED = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' networks; a metadata server of one cloud is in it, too
        "127.0.0.0/8",
        "168.63.129.16/32",  # the platform's own server in one cloud, though the address is public
        "169.254.0.0/16",  # link-local; the metadata servers of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
"""Source: the IANA IPv4 Special-Purpose Address Registry, and multicast (RFC 5771)."""

_V6_PUBLIC = ipaddress.IPv6Network("2000::/3")
"""All that is given out as global unicast; loopback, local, multicast, NAT64 lie elsewhere."""
_V6_REFUSED = [
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocols: Teredo, which carries an IPv4 address, and others
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",
    )
]
"""Source: the IANA IPv6 Special-Purpose Address Registry."""


def refusal(address: str) -> str | None:
    """Why this address must not be dialled, or None if it is a public one.

    An IPv4 address in the clothes of IPv6 (`::ffff:10.0.0.1`) is judged as what it is.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"{address[:64]!r} is no address"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, ipaddress.IPv4Address):
        public = not any(found in network for network in _V4_REFUSED)
    else:
        public = found in _V6_PUBLIC and not any(found in network for network in _V6_REFUSED)
    return None if public else f"{address} is not a public address"


def url_refusal(url: str, trusted: Collection[str]) -> str | None:
    """Why this URL must not be called, as far as it shows without asking for its address.

    `trusted`: hosts, as `host` or `host:port`, that may be reached over plain HTTP, at any port
    and address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"that is no URL: {error}"
    if len(url) > URL_CHARS_MAX or not url.isascii() or not url.isprintable() or " " in url:
        return f"a URL is at most {URL_CHARS_MAX} ASCII characters without spaces"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "a URL is https://host/path"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "leave out user, password and #fragment"
    return None if is_trusted(url, trusted) else _strict(parts, port)


def _strict(parts: SplitResult, port: int | None) -> str | None:
    if parts.scheme != "https":
        return "use https"
    if port is not None and port not in PORTS:
        return f"port {port} is not allowed; use one of {', '.join(map(str, sorted(PORTS)))}"
    host = parts.hostname or ""
    if ":" in host or host.replace(".", "").isdigit():
        return refusal(host)
    return None


def is_trusted(url: str, trusted: Collection[str]) -> bool:
    """Whether the URL's host, or its host and port, is one of those."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    names = {each.lower() for each in trusted}
    return not names.isdisjoint({parts.hostname or "", f"{parts.hostname}:{port}"})

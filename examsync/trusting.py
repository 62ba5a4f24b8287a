"""Whom the settings tell us to believe (part of `config`): other issuers, and pages' origins.

Pure but for the question whether a package is installed. Every fault names its key.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit

from examsync.settings import Auth, Issuer

SECRET_BYTES_MIN = 32
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def issuer_faults(auth: Auth) -> list[str]:
    """What is wrong with the issuers together, and with each."""
    names = [auth.issuer, *(each.issuer for each in auth.issuers)]
    faults = [
        f"auth.issuers: {name!r} is there twice, or is our own (auth.issuer)"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    own = {auth.secret, auth.receipt_secret, *auth.previous.values(), *auth.receipt_keys.values()}
    for each in auth.issuers:
        faults += [f"auth.issuers, {each.issuer}: {fault}" for fault in _faults(each, own)]
    return faults


def origin_faults(origins: tuple[str, ...]) -> list[str]:
    """Origins that no browser ever sends, so that listing them would let nobody in."""
    return [
        f"server.origins: {each!r} is no origin; write https://host or https://host:port"
        for each in origins
        if not _is_origin(each)
    ]


def _faults(issuer: Issuer, own: set[str]) -> Iterator[str]:
    sources = [issuer.jwks_url, issuer.jwks_file, issuer.secret]
    if sum(map(bool, sources)) != 1:
        yield "name exactly one of jwks_url, jwks_file and secret"
    shared = "HS256" in issuer.algorithms
    if shared and len(issuer.algorithms) > 1:
        yield "HS256 stands alone: a published key must never be taken for a shared one"
    if shared != bool(issuer.secret):
        yield "HS256 and a secret belong together; RS256, ES256 and EdDSA have published keys"
    if issuer.secret and len(issuer.secret.encode()) < SECRET_BYTES_MIN:
        yield f"its secret has less than {SECRET_BYTES_MIN} bytes"
    if issuer.secret in own:
        yield "its secret is one of our own: whoever issues there could issue here"
    if issuer.jwks_url and not _is_safe(_split(issuer.jwks_url)):
        yield "its jwks_url must be https:// (http:// only on this machine)"
    if not shared and find_spec("cryptography") is None:
        yield "published keys need a package: pip install 'examsync[oidc]'"


def _is_safe(url: SplitResult | None) -> bool:
    if url is None or not url.hostname:
        return False
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)


def _is_origin(text: str) -> bool:
    url = _split(text.rstrip("/"))
    if url is None or url.scheme not in ("http", "https") or not url.hostname:
        return False
    return "@" not in url.netloc and not (url.path or url.query or url.fragment)


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        return url if url.port is None or url.port > 0 else None
    except ValueError:
        return None

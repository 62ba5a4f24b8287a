"""The built pages: read whole into memory, served with the headers that keep browsers strict.

`routes` puts them beside the API. They are small and few, so nothing a request names is ever
looked up on the disk.
"""

import gzip
import re
from pathlib import Path

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

DIST = Path(__file__).parent / "pages" / "dist"
PAGES = {"/": "index.html", "/monitor": "monitor.html", "/admin": "admin.html"}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What the build makes; a file of any other kind is not served."""
YEAR_S = 31_536_000
COMPRESS_BYTES_MIN = 1_000
"""Below that a compressed file saves no packet."""

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?")
STRICT = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
}
UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>ExamSync: the pages are not built</title>
<h1>The pages are not built</h1>
<p>This server runs, and so does its API; only its pages are missing.</p>
<p>In a checkout: <code>./dev pages</code>, then load this page again.
A wheel of ExamSync has them inside.</p></html>
"""


class Asset(Struct, frozen=True):
    """A file as it is sent. `packed` is gzip, or empty where that is not worth it."""

    type: str
    body: bytes
    packed: bytes


class Built:
    """What lies in a folder of built pages; read again when a new build is there."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder
        self._of = 0
        self._files: dict[str, Asset] = {}

    def page(self, name: str) -> Asset | None:
        """A page, as of the latest build; None if there is none."""
        of = _changed_ns(self._folder / name)
        if of != self._of:
            self._files, self._of = read(self._folder), of
        return self._files.get(name)

    def asset(self, name: str) -> Asset | None:
        """A file that a page names."""
        if not self._files:
            self.page(PAGES["/"])
        return self._files.get(f"assets/{name}")


def read(folder: Path) -> dict[str, Asset]:
    """All files of a build by their path in it. Sources' maps and other kinds are left out."""
    return {
        path.relative_to(folder).as_posix(): _asset(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }


def routes(built: Built) -> list[BaseRoute]:
    """The pages and what they are made of."""

    async def page(request: Request) -> Response:
        found = built.page(PAGES[request.scope["path"]])
        host = request.headers.get("host", "")
        if found is None:
            headers = STRICT | {"cache-control": "no-store", "content-security-policy": policy("")}
            return Response(UNBUILT, 501, headers, TYPES[".html"])
        headers = {"cache-control": "no-store", "content-security-policy": policy(host)}
        return send(request, found, headers)

    async def asset(request: Request) -> Response:
        found = built.asset(request.path_params["name"])
        if found is None:  # of an older build: the page itself is never kept, so load it again
            return Response("Not found; load the page again.", 404, STRICT)
        return send(request, found, {"cache-control": f"public, max-age={YEAR_S}, immutable"})

    pages: list[BaseRoute] = [Route(path, page, methods=["GET"]) for path in PAGES]
    return [*pages, Route("/assets/{name}", asset, methods=["GET"])]


def send(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    """A file, packed for whoever can unpack it."""
    headers = {**STRICT, "vary": "accept-encoding", **headers}
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(asset.packed, 200, headers, asset.type)
    return Response(asset.body, 200, headers, asset.type)


def policy(host: str) -> str:
    """The Content-Security-Policy of a page: nothing but what this server serves, and pictures.

    Questions may carry a picture by its https address, wherever it lies. No text ever becomes
    markup or script here; browsers that know trusted types see to it. `host` is the request's
    Host: Safari before 15.4 does not take `'self'` to mean the WebSocket of the same server too.
    One that does not look like a host is left out.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data: https:; connect-src 'self'{sockets}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    worth_it = len(body) >= COMPRESS_BYTES_MIN and path.suffix != ".woff2"
    return Asset(TYPES[path.suffix], body, gzip.compress(body, 9, mtime=0) if worth_it else b"")


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0

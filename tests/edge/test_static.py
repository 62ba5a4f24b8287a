"""The built pages as browsers get them: from memory, with strict headers."""

import os
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from examsync.edge import static
from examsync.edge.static import Built, policy, routes
from tests.edge.house import House
from tests.edge.rooms_to_let import Let

SCRIPT = b"console.log('exam');" * 100


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a build leaves behind."""
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in static.PAGES.values():
        (tmp_path / name).write_text(f"<!doctype html><title>{name}</title>")
    (assets / "kit-abc.js").write_bytes(SCRIPT)
    (assets / "font-abc.woff2").write_bytes(b"\0" * 5_000)
    (assets / "kit-abc.js.map").write_text("{}")
    (tmp_path / "secret.html").write_text("no page of ours")
    return tmp_path


def browser(folder: Path) -> httpx.AsyncClient:
    """A browser in front of what lies in a folder."""
    app = Starlette(routes=routes(Built(folder)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")


@pytest.fixture
def client(dist: Path) -> httpx.AsyncClient:
    """A browser in front of that build."""
    return browser(dist)


@pytest.mark.parametrize(("path", "name"), static.PAGES.items())
async def test_each_page_is_there_and_never_kept(
    client: httpx.AsyncClient, path: str, name: str
) -> None:
    page = await client.get(path)
    assert page.status_code == 200
    assert name in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert (await client.head(path)).status_code == 200


def rules_of(headers: httpx.Headers) -> dict[str, str]:
    """The content policy, taken apart."""
    whole = headers["content-security-policy"]
    return dict(rule.strip().split(" ", 1) for rule in whole.split(";"))


@pytest.mark.parametrize("path", static.PAGES)
async def test_pictures_of_questions_may_come_by_https_from_anywhere(
    client: httpx.AsyncClient, path: str
) -> None:
    rules = rules_of((await client.get(path)).headers)
    assert rules["img-src"].split() == ["'self'", "data:", "https:"]
    others = [name for name, sources in rules.items() if "https:" in sources and name != "img-src"]
    assert others == []


async def test_no_text_can_become_markup(client: httpx.AsyncClient) -> None:
    rules = rules_of((await client.get("/")).headers)
    assert rules["require-trusted-types-for"] == "'script'"
    assert rules["trusted-types"] == "'none'"


async def test_pages_may_load_nothing_but_what_this_server_serves(
    client: httpx.AsyncClient,
) -> None:
    headers = (await client.get("/")).headers
    rules = rules_of(headers)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["font-src"] == "'self'"
    assert rules["connect-src"] == "'self' ws://testserver wss://testserver"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize("host", ["", "a b", "x;script-src *", "x' 'unsafe-inline", "[::1", "a:"])
def test_a_host_that_is_none_gets_no_word_in_the_policy(host: str) -> None:
    assert "connect-src 'self';" in policy(host)


@pytest.mark.parametrize("host", ["exams.example", "10.0.0.7:8000", "[::1]:8000", "x-1.local"])
def test_the_websocket_of_the_same_host_is_allowed_by_name(host: str) -> None:
    assert f"connect-src 'self' ws://{host} wss://{host};" in policy(host)


async def test_what_a_page_is_made_of_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    script = await client.get("/assets/kit-abc.js")
    assert script.content == SCRIPT
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")


async def test_it_is_packed_for_whoever_can_unpack_it(client: httpx.AsyncClient) -> None:
    packed = await client.get("/assets/kit-abc.js", headers={"accept-encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 10
    assert packed.content == SCRIPT, "httpx unpacks it"
    plain = await client.get("/assets/kit-abc.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    font = await client.get("/assets/font-abc.woff2", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in font.headers


NO_PAGES = [
    "/assets/gone.js",
    "/assets/kit-abc.js.map",
    "/assets/../index.html",
    "/assets/..%2findex.html",
    "/assets/%2e%2e%2f%2e%2e%2fstatic.py",
    "/assets/",
    "/secret.html",
    "/index.html",
    "/src/kit",
]


@pytest.mark.parametrize("path", NO_PAGES)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_new_build_is_taken_at_the_next_load(client: httpx.AsyncClient, dist: Path) -> None:
    assert (await client.get("/assets/kit-abc.js")).status_code == 200
    (dist / "assets" / "kit-abc.js").rename(dist / "assets" / "kit-def.js")
    page = dist / "index.html"
    page.write_text("<!doctype html><title>newer</title>")
    os.utime(page, ns=(1, 1))
    assert "newer" in (await client.get("/")).text
    assert (await client.get("/assets/kit-def.js")).status_code == 200
    assert (await client.get("/assets/kit-abc.js")).status_code == 404


async def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    client = browser(tmp_path)
    said = await client.get("/")
    assert said.status_code == 501
    assert "./dev pages" in said.text
    assert "default-src 'none'" in said.headers["content-security-policy"]
    assert (await client.get("/assets/kit-abc.js")).status_code == 404


async def test_a_whole_server_serves_them_beside_its_api(let: Let) -> None:
    house: House = await let()
    async with httpx.AsyncClient(base_url=house.url) as client:
        page = await client.get("/")
        assert page.status_code in (200, 501), "501 if nobody has run ./dev pages here"
        assert page.headers.get_list("content-security-policy") == [
            page.headers["content-security-policy"]
        ]
        assert page.headers["cache-control"] == "no-store"
        problem = await client.get("/nowhere")
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.headers["content-security-policy"].startswith("default-src 'none'")

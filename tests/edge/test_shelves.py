"""Routes on shelves: what answers is what would answer if all of them were tried in a row."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route

from examsync.edge.api.shelves import Shelves

PATHS = (
    "/", "/me", "/events", "/exams/{exam}", "/exams/mine", "/exams/{exam}/acts/{act}",
    "/exams/{exam}/acts/pause", "/admin/exams/{exam}", "/admin/{what}/all",
)  # fmt: skip
METHODS = ("GET", "POST", "DELETE")
PARTS = st.sampled_from(["", "me", "events", "exams", "mine", "acts", "pause", "admin", "all", "x"])


async def answer(request: Request) -> Response:
    """Which route it was, and with what."""
    return PlainTextResponse(f"{request.scope['route'].path} {request.path_params}")


def routes() -> list[Route]:
    """Each path with one method, and every other one with a second."""
    found = []
    for number, path in enumerate(PATHS):
        found.append(Route(path, answer, methods=[METHODS[number % 3]]))
        if number % 2:
            found.append(Route(path, answer, methods=[METHODS[(number + 1) % 3]]))
    return found


ROW = routes()


def in_a_row(scope: dict[str, Any]) -> tuple[Match, str, object]:
    """What Starlette's router would choose of them, one after the other."""
    partial: tuple[Match, str, object] = Match.NONE, "", None
    for route in ROW:
        match, found = route.matches(scope)
        if match is Match.FULL:
            return match, route.path, found["path_params"]
        if match is Match.PARTIAL and partial[0] is Match.NONE:
            partial = match, route.path, found["path_params"]
    return partial


@given(st.lists(PARTS, max_size=5), st.sampled_from([*METHODS, "HEAD", "PUT"]))
def test_the_same_route_is_found_as_in_a_row(parts: list[str], method: str) -> None:
    scope = {"type": "http", "method": method, "path": "/" + "/".join(parts), "headers": []}
    match, found = Shelves(ROW).matches(scope)
    chosen = found["route"].path if found else ""
    assert (match, chosen, found.get("path_params")) == in_a_row(scope)


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/exams/e-1", "200 /exams/{exam} {'exam': 'e-1'}"),
        ("POST", "/me", "200 /me {}"),
        ("HEAD", "/", "200 "),
        ("PUT", "/me", "405 Method Not Allowed"),
        ("GET", "/me/", "404 Not Found"),
        ("GET", "/nothing", "404 Not Found"),
    ],
)
async def test_whoever_was_found_answers(method: str, path: str, said: str) -> None:
    app = Starlette(routes=[Shelves(ROW)])
    app.router.redirect_slashes = False
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        answered = await client.request(method, path)
    assert f"{answered.status_code} {answered.text}" == said


def test_what_is_no_path_is_nowhere() -> None:
    for scope in ({"type": "http", "method": "OPTIONS", "path": "*"}, {"type": "lifespan"}):
        assert Shelves(ROW).matches(scope) == (Match.NONE, {})


@pytest.mark.parametrize("path", ["/{anything}", "/files/{name:path}"])
def test_a_route_that_no_shelf_can_hold_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="begins with a variable"):
        Shelves([Route(path, answer)])

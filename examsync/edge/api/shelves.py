"""Routes on shelves: a request looks at those whose paths have as many parts and begin alike, where
Starlette would try one pattern after the other. Made by `routes`.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

Place = tuple[int, str]


class Shelves(BaseRoute):
    """These routes as one. Which of them answers, and how, is as if they stood in a row."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = list(routes)
        self._shelves: dict[Place, list[Route]] = {}
        for route in self.routes:
            where = place(route.path)
            if "{" in where[1] or ":" in route.path:
                raise ValueError(f"{route.path} begins with a variable, or has one of many parts")
            self._shelves.setdefault(where, []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first that takes path and method, or else the first that takes the path."""
        partial: tuple[Match, Scope] = Match.NONE, {}
        if scope["type"] != "http":
            return partial
        for route in self._shelves.get(place(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, "route": route}
            if match is Match.PARTIAL and partial[0] is Match.NONE:
                partial = match, {**found, "route": route}
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the route that was found."""
        await scope["route"].handle(scope, receive, send)


def place(path: str) -> Place:
    """Where a path belongs: how many parts it has, and its first one."""
    parts = path.split("/")
    return len(parts), parts[1] if len(parts) > 1 else ""

"""Is it alive, is it ready, what does it count: for orchestrators and Prometheus, not for people.

`/livez` looks at nothing but itself: a process must not be killed because Postgres is away.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from examsync.edge.api.entry import TEXT, Entry
from examsync.errors import ExamError
from examsync.infra import metrics
from protocol.problems import Code

Check = Callable[[], Awaitable[str]]
"""Says how something is; raises when it is not as it must be."""

CHECK_TIMEOUT_S = 2.0
KEPT_S = 1.0
"""Anybody may ask: the machines are asked once in so long, whatever comes in."""


class Health:
    """The answers. `draining` says no to every readiness check."""

    def __init__(
        self, checks: Mapping[str, Check], draining: Callable[[], bool], token: str
    ) -> None:
        self._checks = checks
        self._draining = draining
        self._token = token
        self._asked = asyncio.Lock()
        self._found: dict[str, tuple[bool, str]] = {}
        self._found_at = float("-inf")

    async def livez(self, request: Request) -> Response:
        """200 while the event loop turns."""
        del request
        return PlainTextResponse("ok\n")

    async def readyz(self, request: Request) -> Response:
        """200 when everything it needs is there; with `?verbose`, a line for each part."""
        found = dict(await self._look())
        draining = self._draining()
        found["draining"] = (not draining, "this process is stopping" if draining else "no")
        lines = [f"[{'+' if well else '-'}]{name} {says}" for name, (well, says) in found.items()]
        ready = all(well for well, _ in found.values())
        if "verbose" not in request.query_params:
            lines = []
        lines.append("ready" if ready else "not ready")
        return PlainTextResponse("\n".join(lines) + "\n", 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """The page Prometheus reads."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._token and not hmac.compare_digest(given.encode(), self._token.encode()):
            raise ExamError(Code.UNAUTHORIZED, "send metrics.token as a bearer token")
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    async def _look(self) -> dict[str, tuple[bool, str]]:
        async with self._asked:
            now = asyncio.get_running_loop().time()
            if now - self._found_at > KEPT_S:
                results = await asyncio.gather(*(_ask(check) for check in self._checks.values()))
                self._found = dict(zip(self._checks, results, strict=True))
                self._found_at = asyncio.get_running_loop().time()
            return self._found


async def _ask(check: Check) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return True, await check()
    except TimeoutError:
        return False, f"no answer within {CHECK_TIMEOUT_S:g} s"
    except Exception as error:  # whatever it is, it is not well
        return False, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def entries(desk: Health) -> list[Entry]:
    """The routes. `/metrics` wants the token of the settings, if one is set."""
    return [
        Entry("GET", "/livez", desk.livez, "Is it alive?", tag="health", gives=TEXT, open=True),
        Entry(
            "GET",
            "/readyz",
            desk.readyz,
            "Can it serve? `?verbose`: a line for each part; 503 if not.",
            tag="health",
            gives=TEXT,
            open=True,
        ),
        Entry("GET", "/metrics", desk.metrics, "For Prometheus.", tag="health", gives=TEXT),
    ]

"""A receiver of webhooks on loopback: keeps what it is sent, answers as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from msgspec import Struct
from standardwebhooks import Webhook

from tests.services.installation import WAIT_S


class Post(Struct, frozen=True):
    """One request: its headers in lower case, its body as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The `webhook-id`."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The event, if this secret signed it. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """Answers 204, or what is in `answers`, by arrival; while `open` is not set, it is silent."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.answers: list[web.Response] = []
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0
        self.most_waiting = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is reached by plain HTTP."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.posts.append(Post(headers, await request.read()))
        answer = self.answers.pop(0) if self.answers else web.Response(status=204)
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        return answer

    def ids(self) -> list[str]:
        """The `webhook-id` of every request, in order."""
        return [post.id for post in self.posts]

    async def heard(self, count: int) -> list[Post]:
        """So many requests; a TimeoutError if they never come."""
        async with asyncio.timeout(WAIT_S):
            while len(self.posts) < count:  # noqa: ASYNC110  # whoever sends cannot tell us
                await asyncio.sleep(0.01)
        return self.posts


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that is up."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver._take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        receiver.open.set()
        await runner.cleanup()

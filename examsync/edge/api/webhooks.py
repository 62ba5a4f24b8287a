"""`/admin/webhooks`: where events are sent, for admins: what leaves the house, from all exams."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.edge.acting import name_of
from examsync.edge.api import bodies, paging
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.errors import ExamError
from examsync.events.hook import Hook, Place
from examsync.events.service import Events
from examsync.events.service.webhooks import END
from protocol.http_events import (
    ChangeWebhook,
    Deliveries,
    DeliveriesAsked,
    Delivery,
    EventType,
    MakeWebhook,
    Webhook,
    Webhooks,
)
from protocol.problems import Code

ORDER = "created_at"
MILLIS_DIGITS_MAX = 15


class WebhookDesk:
    """The handlers. Action.EXPORT of no exam in particular is an admin's alone."""

    def __init__(self, events: Events, bearer: Bearer, bytes_max: int) -> None:
        self._webhooks = events.webhooks
        self._sending = events.sending
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def listed(self, request: Request) -> Response:
        """All of them."""
        self._bearer.allowed(request, Action.EXPORT)
        found = [told(hook) for hook in await self._webhooks.listed()]
        return bodies.json(Webhooks(found, len(found)))

    async def make(self, request: Request) -> Response:
        """A new one; its secret is told now and never again."""
        who = self._bearer.allowed(request, Action.EXPORT)
        asked = await bodies.read(request, MakeWebhook, self._bytes_max)
        made = await self._webhooks.make(
            asked.url, asked.types, asked.exams, active=asked.active, by=name_of(who)
        )
        return bodies.json(told(made.hook, made.secret), 201)

    async def change(self, request: Request) -> Response:
        """Change what is named."""
        self._bearer.allowed(request, Action.EXPORT)
        asked = await bodies.read(request, ChangeWebhook, self._bytes_max)
        hook = await self._webhooks.change(
            request.path_params["id"],
            url=asked.url,
            types=asked.types,
            exams=asked.exams,
            active=asked.active,
        )
        return bodies.json(told(hook))

    async def remove(self, request: Request) -> Response:
        """Remove it, and what waits for it."""
        self._bearer.allowed(request, Action.EXPORT)
        await self._webhooks.remove(request.path_params["id"])
        return Response(status_code=204)

    async def rotate(self, request: Request) -> Response:
        """A new secret; the one before signs for another day."""
        self._bearer.allowed(request, Action.EXPORT)
        made = await self._webhooks.rotate(request.path_params["id"])
        return bodies.json(told(made.hook, made.secret))

    async def test(self, request: Request) -> Response:
        """Send something now, and say what became of it."""
        self._bearer.allowed(request, Action.EXPORT)
        return bodies.json(await self._sending.test(request.path_params["id"]))

    async def deliveries(self, request: Request) -> Response:
        """What was sent and what waits, the newest first."""
        self._bearer.allowed(request, Action.EXPORT)
        asked = bodies.query(request, DeliveriesAsked)
        found = await self._webhooks.deliveries(
            request.path_params["id"], asked.state, after=_place(asked.after), limit=asked.limit
        )
        full = len(found.deliveries) == asked.limit
        next_ = _cursor(found.deliveries[-1]) if full else None
        return bodies.json(Deliveries(found.deliveries, found.total, next_))


def told(hook: Hook, secret: str | None = None) -> Webhook:
    """A webhook as it is told."""
    return Webhook(
        id=hook.id,
        url=hook.url,
        types=[EventType(name) for name in hook.types],
        exams=hook.exams,
        active=hook.active,
        waiting=hook.waiting,
        created_at=hook.created_at,
        created_by=hook.created_by,
        stopped=hook.stopped,
        delivered_at=hook.delivered_at,
        failing_since=hook.failing_since,
        previous_until=hook.previous_until or None,
        secret=secret,
    )


def _cursor(delivery: Delivery) -> str:
    return paging.cursor(paging.Place(ORDER, str(delivery.created_at), delivery.id))


def _place(text: str) -> Place:
    """Where the list goes on. Raises ExamError BAD_REQUEST."""
    found = paging.place(text, ORDER)
    if found is None:
        return END
    if not found.key.isascii() or not found.key.isdigit() or len(found.key) > MILLIS_DIGITS_MAX:
        raise ExamError(Code.BAD_REQUEST, "?after= takes the `next` of the page before")
    return (int(found.key), found.id)


def entries(desk: WebhookDesk) -> list[Entry]:
    """The routes."""
    return [*_book(desk), *_one(desk)]


TAG = "webhooks"
ALL = "/admin/webhooks"
ONE = "/admin/webhooks/{id}"


def _book(desk: WebhookDesk) -> list[Entry]:
    return [
        Entry("GET", ALL, desk.listed, "All webhooks.", tag=TAG, gives=Webhooks),
        Entry(
            "POST",
            ALL,
            desk.make,
            "Send events to an address from now on; the secret is told once.",
            tag=TAG,
            takes=MakeWebhook,
            gives=Webhook,
            status=201,
        ),
        Entry(
            "PATCH",
            ONE,
            desk.change,
            "Change it, stop it, or start it again.",
            tag=TAG,
            takes=ChangeWebhook,
            gives=Webhook,
        ),
        Entry("DELETE", ONE, desk.remove, "Remove it, and what waits for it.", tag=TAG),
    ]


def _one(desk: WebhookDesk) -> list[Entry]:
    return [
        Entry(
            "POST",
            f"{ONE}/secret",
            desk.rotate,
            "A new secret, told once; the one before signs for another day.",
            tag=TAG,
            gives=Webhook,
        ),
        Entry(
            "POST",
            f"{ONE}/test",
            desk.test,
            "Send a `webhook.test` now, and say what became of it.",
            tag=TAG,
            gives=Delivery,
        ),
        Entry(
            "GET",
            f"{ONE}/deliveries",
            desk.deliveries,
            "What was sent and what waits, the newest first.",
            tag=TAG,
            asks=DeliveriesAsked,
            gives=Deliveries,
        ),
    ]

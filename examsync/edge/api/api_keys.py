"""API keys, for admins: `/admin/keys`. A key makes and revokes no keys: it could outlive itself."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.key import ApiKey
from examsync.access.role import Action
from examsync.access.service import ApiKeys
from examsync.access.token import Identity
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.signing import Reread
from examsync.errors import ExamError
from protocol import http_access as said
from protocol.problems import Code

BODY_BYTES_MAX = 65_536


class KeyDesk:
    """The handlers. `reread` is called after a key was revoked."""

    def __init__(self, api_keys: ApiKeys, bearer: Bearer, reread: Reread) -> None:
        self._api_keys = api_keys
        self._bearer = bearer
        self._reread = reread

    async def listed(self, request: Request) -> Response:
        """All keys, without their secrets."""
        self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        return bodies.json(said.ApiKeys([_shown(key) for key in await self._api_keys.listed()]))

    async def create(self, request: Request) -> Response:
        """A new key; its text is told this once."""
        who = self._person(request)
        asked = await bodies.read(request, said.CreateApiKey, BODY_BYTES_MAX)
        key, text = await self._api_keys.create(
            asked.name,
            asked.role,
            by=name_of(who),
            exams=tuple(asked.exams),
            halls=tuple(asked.halls),
            expires_at=asked.expires_at,
        )
        return bodies.json(_made(key, text), 201)

    async def revoke(self, request: Request) -> Response:
        """Believe it no more; elsewhere within five seconds."""
        self._person(request)
        await self._api_keys.revoke(request.path_params["id"])
        await self._reread()
        return Response(status_code=204)

    def _person(self, request: Request) -> Identity:
        who = self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        if who.source.startswith("key:"):
            raise ExamError(Code.FORBIDDEN, "A key neither makes nor revokes keys: sign in.")
        return who


def _shown(key: ApiKey) -> said.ApiKey:
    exams, halls = list(key.exams), list(key.halls)
    times = (key.created_at, key.created_by, key.expires_at, key.last_used_at)
    return said.ApiKey(key.id, key.name, key.role, exams, halls, *times)


def _made(key: ApiKey, text: str) -> said.ApiKeyMade:
    exams, halls = list(key.exams), list(key.halls)
    times = (key.created_at, key.created_by, key.expires_at, key.last_used_at)
    return said.ApiKeyMade(key.id, key.name, key.role, exams, halls, *times, key=text)


def entries(desk: KeyDesk) -> list[Entry]:
    """The routes."""
    keys, tag = "/admin/keys", "keys"
    return [
        Entry("GET", keys, desk.listed, "API keys.", tag=tag, gives=said.ApiKeys),
        Entry(
            "POST",
            keys,
            desk.create,
            "Make an API key; it is shown this once.",
            tag=tag,
            takes=said.CreateApiKey,
            gives=said.ApiKeyMade,
            status=201,
        ),
        Entry("DELETE", f"{keys}/{{id}}", desk.revoke, "Believe a key no more.", tag=tag),
    ]

"""Accounts, for admins: `/admin/accounts`."""

import secrets

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from examsync.access.account import Account, Change, Wanted, login_of, sort_value
from examsync.access.role import Action
from examsync.access.service import Accounts
from examsync.edge.api import bodies, paging
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.signing import Reread
from protocol import http_access as said
from protocol.types import Id

BODY_BYTES_MAX = 65_536


class AccountDesk:
    """The handlers. `reread` is called after tokens were ended."""

    def __init__(self, accounts: Accounts, bearer: Bearer, reread: Reread) -> None:
        self._accounts = accounts
        self._bearer = bearer
        self._reread = reread

    async def listed(self, request: Request) -> Response:
        """Some accounts, as the query wants them."""
        self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        asked = bodies.query(request, said.ListAccounts)
        wanted = _wanted(asked)
        after = paging.place(asked.after, asked.sort)
        behind = None if after is None else (after.key, after.id)
        found, total = await self._accounts.page(wanted, limit=asked.limit + 1, after=behind)
        page = found[: asked.limit]
        next_ = None
        if len(found) > asked.limit:
            key = sort_value(page[-1], wanted.sort)
            next_ = paging.cursor(paging.Place(asked.sort, key, page[-1].id))
        return bodies.json(said.AccountsPage([_shown(each) for each in page], next_, total))

    async def create(self, request: Request) -> Response:
        """A new account; its password is told if the server made it up."""
        self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        asked = await bodies.read(request, said.CreateAccount, BODY_BYTES_MAX)
        made_up = self._accounts.made_password() if asked.password is None else None
        made = await self._accounts.create_account(_account(asked), asked.password or made_up or "")
        shown = msgspec.structs.asdict(_shown(made))
        return bodies.json(said.AccountMade(**shown, password=made_up), 201)

    async def change(self, request: Request) -> Response:
        """Another name, role or scope; out or in."""
        who = self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        asked = await bodies.read(request, said.ChangeAccount, BODY_BYTES_MAX)
        change = Change(
            asked.name,
            asked.role,
            None if asked.exams is None else tuple(asked.exams),
            None if asked.halls is None else tuple(asked.halls),
            asked.disabled,
        )
        account_id = request.path_params["id"]
        changed = await self._accounts.change(account_id, change, by=who.subject)
        await self._reread()
        return bodies.json(_shown(changed))

    async def set_password(self, request: Request) -> Response:
        """Another password; it is told if the server made it up."""
        self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        asked = await bodies.read(request, said.SetPassword, BODY_BYTES_MAX)
        made_up = self._accounts.made_password() if asked.password is None else None
        password = asked.password or made_up or ""
        await self._accounts.set_password(request.path_params["id"], password)
        await self._reread()
        return bodies.json(said.PasswordSet(made_up))

    async def sign_out(self, request: Request) -> Response:
        """Refuse all its tokens until now."""
        self._bearer.allowed(request, Action.MANAGE_ACCOUNTS)
        account = await self._accounts.account(request.path_params["id"])
        await self._accounts.sign_out_everywhere(account.id)
        await self._reread()
        return Response(status_code=204)


def _wanted(asked: said.ListAccounts) -> Wanted:
    """The query as the service takes it."""
    down = asked.sort.startswith("-")
    match asked.sort.removeprefix("-"):
        case "name":
            return Wanted(asked.role, asked.q, asked.disabled, "name", down)
        case "role":
            return Wanted(asked.role, asked.q, asked.disabled, "role", down)
    return Wanted(asked.role, asked.q, asked.disabled, "login", down)


def _account(asked: said.CreateAccount) -> Account:
    """The account to be; its id is its login, where that can be one."""
    exams, halls = tuple(asked.exams), tuple(asked.halls)
    id_ = asked.id or _id_of(login_of(asked.login))
    return Account(id_, asked.login, asked.role, asked.name, exams, halls)


def _id_of(login: str) -> str:
    try:
        return msgspec.convert(login, Id)
    except msgspec.ValidationError:
        return f"u-{secrets.token_hex(8)}"


def _shown(one: Account) -> said.Account:
    """An account on the wire."""
    exams, halls = list(one.exams), list(one.halls)
    return said.Account(
        one.id, one.login, one.role, one.name, exams, halls, one.disabled, one.created_at
    )


def entries(desk: AccountDesk) -> list[Entry]:
    """The routes."""
    all_, one, tag = "/admin/accounts", "/admin/accounts/{id}", "accounts"
    listed = Entry(
        "GET", all_, desk.listed, "Accounts.", tag=tag, asks=said.ListAccounts,
        gives=said.AccountsPage,
    )  # fmt: skip
    create = Entry(
        "POST", all_, desk.create, "Make an account.", tag=tag, takes=said.CreateAccount,
        gives=said.AccountMade, status=201,
    )  # fmt: skip
    change = Entry(
        "PATCH", one, desk.change, "Change an account; its tokens end, but for a name.", tag=tag,
        takes=said.ChangeAccount, gives=said.Account,
    )  # fmt: skip
    password = Entry(
        "POST", f"{one}/password", desk.set_password, "Set or make up a password.", tag=tag,
        takes=said.SetPassword, gives=said.PasswordSet,
    )  # fmt: skip
    out = Entry("POST", f"{one}/sign-out", desk.sign_out, "Refuse its tokens until now.", tag=tag)
    return [listed, create, change, password, out]

"""`examsync account`: who signs in with a password. Accounts are named by their login."""

import sys

import click

from examsync.access.account import Account, Change, Wanted
from examsync.app import App
from examsync.cli.options import checked_id, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from protocol.types import Role

PASSWORD_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Take the first line of standard input as password."
)
MAKE_PASSWORD = click.option(
    "--make-password", is_flag=True, help="Make up a password and print it, this once."
)
LISTED_MAX = 10_000
"""A listing is for people; more than this nobody reads."""
SCOPE = (
    click.option("--role", required=True, type=click.Choice([str(role) for role in Role])),
    click.option("--exam", "exams", multiple=True, metavar="ID", help="An examiner's; repeat it."),
    click.option("--hall", "halls", multiple=True, help="Keep to this hall; repeat it."),
)


@click.group()
def command() -> None:
    """Accounts: create, list, rename, disable, enable, set-password, scope, sign-out."""


@command.command()
@click.argument("login")
@click.option("--id", "id_", metavar="ID", help="What tokens call it (default: the login).")
@click.option("--name", default="", help="The name that screens show.")
@SCOPE[0]
@SCOPE[1]
@SCOPE[2]
@PASSWORD_STDIN
@MAKE_PASSWORD
@with_settings
def create(
    loaded: Loaded,
    *,
    login: str,
    id_: str | None,
    name: str,
    role: str,
    exams: tuple[str, ...],
    halls: tuple[str, ...],
    password_stdin: bool,
    make_password: bool,
) -> None:
    """Make an account. A candidate's id is the one under which exams register it."""
    _check_scope(Role(role), exams, halls)
    id_ = checked_id(id_ or login, "give another --id")
    account = Account(id_, login, Role(role), name, exams, halls)
    given = None if make_password and not password_stdin else _password(password_stdin)

    async def make(app: App) -> tuple[Account, str | None]:
        made_up = app.accounts.made_password() if given is None else None
        return await app.accounts.create_account(account, given or made_up or ""), made_up

    made, made_up = run(loaded.config, make)
    click.echo(f"Created {made.login} ({made.role}, id {made.id}).")
    if made_up is not None:
        click.echo(f"Password: {made_up}")


@command.command("list")
@click.option("--role", type=click.Choice([str(role) for role in Role]), help="Only these.")
@click.option("--search", default="", metavar="TEXT", help="Part of a login, a name or an id.")
@click.option("--disabled/--enabled", default=None, help="Only who is shut out, or is not.")
@json_option
@with_settings
def list_command(
    loaded: Loaded, *, role: str | None, search: str, disabled: bool | None, as_json: bool
) -> None:
    """Accounts, by login."""
    wanted = Wanted(None if role is None else Role(role), search, disabled)
    page = run(loaded.config, lambda app: app.accounts.page(wanted, limit=LISTED_MAX))
    accounts = page[0]
    if as_json:
        print_json(accounts)
        return
    for one in accounts:
        scope = " ".join([*one.exams, *(f"hall={hall}" for hall in one.halls)])
        shut = "disabled" if one.disabled else ""
        click.echo(f"{one.login:24} {one.role:10} {one.id:24} {one.name} {scope} {shut}".rstrip())


@command.command()
@click.argument("login")
@click.argument("name")
@with_settings
def rename(loaded: Loaded, login: str, name: str) -> None:
    """Change the name that screens show; tokens that say the old one stay good."""

    async def change(app: App) -> None:
        await app.accounts.change((await app.accounts.find(login)).id, Change(name=name))

    run(loaded.config, change)
    click.echo(f"{login} is called {name}.")


@command.command()
@click.argument("login")
@with_settings
def disable(loaded: Loaded, login: str) -> None:
    """Shut an account out: it cannot sign in, and its tokens are refused."""

    async def change(app: App) -> None:
        await app.accounts.disable((await app.accounts.find(login)).id)

    run(loaded.config, change)
    click.echo(f"{login} is shut out.")


@command.command()
@click.argument("login")
@with_settings
def enable(loaded: Loaded, login: str) -> None:
    """Let an account in again; it has to sign in anew."""

    async def change(app: App) -> None:
        await app.accounts.enable((await app.accounts.find(login)).id)

    run(loaded.config, change)
    click.echo(f"{login} may sign in.")


@command.command("set-password")
@click.argument("login")
@PASSWORD_STDIN
@MAKE_PASSWORD
@with_settings
def set_password(loaded: Loaded, *, login: str, password_stdin: bool, make_password: bool) -> None:
    """Change a password; whoever is signed in with the old one is signed out."""
    given = None if make_password and not password_stdin else _password(password_stdin)

    async def change(app: App) -> str | None:
        made_up = app.accounts.made_password() if given is None else None
        account = await app.accounts.find(login)
        await app.accounts.set_password(account.id, given or made_up or "")
        return made_up

    made_up = run(loaded.config, change)
    click.echo(f"{login} has a new password{'.' if made_up is None else f': {made_up}'}")


@command.command()
@click.argument("login")
@SCOPE[0]
@SCOPE[1]
@SCOPE[2]
@with_settings
def scope(
    loaded: Loaded, *, login: str, role: str, exams: tuple[str, ...], halls: tuple[str, ...]
) -> None:
    """Say anew what an account may do and where; it has to sign in anew."""
    _check_scope(Role(role), exams, halls)

    async def change(app: App) -> None:
        account = await app.accounts.find(login)
        await app.accounts.set_scope(account.id, Role(role), exams, halls)

    run(loaded.config, change)
    of = f" of {', '.join(exams)}" if exams else ""
    click.echo(f"{login} is {role}{of}, after signing in anew.")


@command.command("sign-out")
@click.argument("login", required=False)
@click.option("--subject", metavar="ID", help="Whoever a token was issued for, account or not.")
@with_settings
def sign_out(loaded: Loaded, *, login: str | None, subject: str | None) -> None:
    """Refuse all tokens issued until now, of an account or a subject."""
    if (login is None) == (subject is None):
        raise click.UsageError("Name a login, or a token's --subject.")

    async def change(app: App) -> str:
        whose = subject or (await app.accounts.find(login or "")).id
        await app.accounts.sign_out_everywhere(whose)
        return whose

    click.echo(f"{run(loaded.config, change)} is signed out everywhere.")


def _password(from_stdin: bool) -> str:
    """Asked for twice, or one line of standard input; never an argument, which others can see."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not asked_by_a_terminal():
        raise click.UsageError("There is nobody to ask: give --make-password or --password-stdin.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def asked_by_a_terminal() -> bool:
    """Whether a person may be sitting there."""
    return sys.stdin.isatty()


def _check_scope(role: Role, exams: tuple[str, ...], halls: tuple[str, ...]) -> None:
    """Raise click's UsageError for a scope that would mean nothing, or open nothing."""
    if role is Role.EXAMINER and not exams:
        raise click.UsageError(
            "An examiner without --exam could open nothing; the exam may be made later."
        )
    if role is not Role.EXAMINER and (exams or halls):
        raise click.UsageError(f"--exam and --hall bound an examiner, not a {role}.")

"""`examsync webhook`: where events are sent, and what became of them."""

import click

from examsync.app import App
from examsync.cli.options import json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.events.event import timestamp
from examsync.events.hook import Hook
from examsync.events.service.webhooks import Listed, Shown
from protocol.http_events import Delivery, EventType

BY = "cli"
SHOWN_MAX = 200
TYPES = click.Choice([str(each) for each in EventType])


@click.group()
def command() -> None:
    """Webhooks: add, list, start, stop, rotate, test, deliveries, remove."""


@command.command()
@click.argument("url")
@click.option(
    "--type", "types", multiple=True, type=TYPES, help="An event; repeat it (default: all)."
)
@click.option("--exam", "exams", multiple=True, metavar="ID", help="Repeat it (default: all).")
@json_option
@with_settings
def add(
    loaded: Loaded, *, url: str, types: tuple[str, ...], exams: tuple[str, ...], as_json: bool
) -> None:
    """Send events to URL from now on; prints the secret, which is not shown again."""
    wanted = types or tuple(str(each) for each in EventType)

    async def make(app: App) -> Shown:
        return await app.events.webhooks.make(url, wanted, exams, active=True, by=BY)

    made = run(loaded.config, make)
    _secret(made, as_json=as_json)


@command.command("list")
@json_option
@with_settings
def list_command(loaded: Loaded, *, as_json: bool) -> None:
    """All of them, and why one was stopped."""
    hooks = run(loaded.config, lambda app: app.events.webhooks.listed())
    if as_json:
        print_json(hooks)
        return
    for hook in hooks:
        click.echo(_line(hook))


def _line(hook: Hook) -> str:
    state = "active" if hook.active else f"stopped: {hook.stopped}" if hook.stopped else "off"
    since = f"failing since {timestamp(hook.failing_since)}" if hook.failing_since else ""
    scope = " ".join([*hook.types, *(f"exam={exam}" for exam in hook.exams)])
    return f"{hook.id}  {hook.url}  {scope}  {hook.waiting} wait  {state}  {since}".rstrip()


@command.command()
@click.argument("id_", metavar="ID")
@with_settings
def start(loaded: Loaded, id_: str) -> None:
    """Send again: what waits, and what happens from now on."""
    run(loaded.config, lambda app: app.events.webhooks.change(id_, active=True))
    click.echo(f"{id_} is active.")


@command.command()
@click.argument("id_", metavar="ID")
@with_settings
def stop(loaded: Loaded, id_: str) -> None:
    """Send nothing until it is started again; what happens meanwhile is not sent."""
    run(loaded.config, lambda app: app.events.webhooks.change(id_, active=False))
    click.echo(f"{id_} is off.")


@command.command()
@click.argument("id_", metavar="ID")
@json_option
@with_settings
def rotate(loaded: Loaded, *, id_: str, as_json: bool) -> None:
    """A new secret; the one before signs, too, for a day."""
    _secret(run(loaded.config, lambda app: app.events.webhooks.rotate(id_)), as_json=as_json)


def _secret(made: Shown, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": made.hook.id, "secret": made.secret})
    else:
        click.echo(f"{made.hook.id}  {made.secret}")


@command.command()
@click.argument("id_", metavar="ID")
@json_option
@with_settings
def test(loaded: Loaded, *, id_: str, as_json: bool) -> None:
    """Send something that tells of nothing, now; exit code 1 if it does not arrive."""
    sent = run(loaded.config, lambda app: app.events.sending.test(id_))
    _listed([sent], as_json=as_json)
    if sent.state != "delivered":
        raise click.exceptions.Exit(1)


@command.command()
@click.argument("id_", metavar="ID")
@click.option("--state", type=click.Choice(["waiting", "delivered", "failed"]))
@json_option
@with_settings
def deliveries(loaded: Loaded, *, id_: str, state: str | None, as_json: bool) -> None:
    """What was sent and what waits, the newest first."""

    async def ask(app: App) -> Listed:
        return await app.events.webhooks.deliveries(id_, state, limit=SHOWN_MAX)

    _listed(run(loaded.config, ask).deliveries, as_json=as_json)


def _listed(found: list[Delivery], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for one in found:
        said = one.error or (f"HTTP {one.status}" if one.status else "not tried")
        again = f"again at {timestamp(one.next_at)}" if one.next_at else ""
        line = f"{timestamp(one.created_at)}  {one.type:20} {one.subject:26} {one.state:10}"
        click.echo(f"{line} {one.tries} tries  {said} {one.answer}  {again}".rstrip())


@command.command()
@click.argument("id_", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings
def remove(loaded: Loaded, id_: str, yes: bool) -> None:
    """Remove it, and what waits for it."""
    if not yes:
        click.confirm(f"Remove {id_} and what waits for it?", abort=True)
    run(loaded.config, lambda app: app.events.webhooks.remove(id_))
    click.echo(f"Removed {id_}.")

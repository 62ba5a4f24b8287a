"""`examsync key`: API keys, with which programs speak over HTTP and watch on `/monitor`."""

from datetime import UTC, datetime

import click

from examsync.access.key import ROLES, ApiKey
from examsync.access.service import ApiKeys
from examsync.app import App
from examsync.cli.options import json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.cli.times import MOMENT
from examsync.config import Loaded
from protocol.types import Role

BY = "cli"


@click.group()
def command() -> None:
    """API keys: create, list, revoke."""


@command.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(sorted(str(role) for role in ROLES)))
@click.option("--exam", "exams", multiple=True, metavar="ID", help="An examiner's; repeat it.")
@click.option("--hall", "halls", multiple=True, help="Keep to this hall; repeat it.")
@click.option("--expires-at", type=MOMENT, help="2030-05-01T09:00+05:30; never by default.")
@json_option
@with_settings
def create(
    loaded: Loaded,
    *,
    name: str,
    role: str,
    exams: tuple[str, ...],
    halls: tuple[str, ...],
    expires_at: int | None,
    as_json: bool,
) -> None:
    """Make a key called NAME and print it: nobody can be shown it again."""

    async def make(app: App) -> tuple[ApiKey, str]:
        keys: ApiKeys = app.access.api_keys
        return await keys.create(
            name, Role(role), by=BY, exams=exams, halls=halls, expires_at=expires_at
        )

    key, text = run(loaded.config, make)
    if as_json:
        print_json({"id": key.id, "key": text})
    else:
        click.echo(text)


@command.command("list")
@json_option
@with_settings
def list_command(loaded: Loaded, *, as_json: bool) -> None:
    """All keys, the newest first, without their secrets."""
    keys = run(loaded.config, lambda app: app.access.api_keys.listed())
    if as_json:
        print_json(keys)
        return
    for key in keys:
        scope = " ".join([*key.exams, *(f"hall={hall}" for hall in key.halls)])
        used = f"used {_day(key.last_used_at)}" if key.last_used_at else "never used"
        ends = f"until {_day(key.expires_at)}" if key.expires_at else ""
        line = f"{key.id}  {key.role:8}  {key.name:24} {scope}  {used}  {ends}"
        click.echo(line.rstrip())


@command.command()
@click.argument("id_", metavar="ID")
@with_settings
def revoke(loaded: Loaded, id_: str) -> None:
    """Believe a key no more; every process refuses it within five seconds."""
    run(loaded.config, lambda app: app.access.api_keys.revoke(id_))
    click.echo(f"{id_} is believed no more.")


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).date().isoformat()

"""`examsync migrate`: bring the database up to this version."""

import asyncio

import click

from examsync.cli.options import json_option, print_json, with_settings
from examsync.config import Loaded
from examsync.infra import migrations


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@json_option
@with_settings
def command(loaded: Loaded, *, dry_run: bool, as_json: bool) -> None:
    """Apply the migrations that the database lacks, each in a transaction."""
    url = loaded.config.postgres.url
    done = asyncio.run(migrations.pending(url) if dry_run else migrations.migrate(url))
    if as_json:
        print_json({"pending" if dry_run else "applied": done})
        return
    for name in done:
        click.echo(f"{'pending' if dry_run else 'applied'} {name}")
    if not done:
        click.echo("The database is up to date.")

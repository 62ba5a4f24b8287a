"""`examsync anchor EXAM`: one signed line to keep where the database's owner cannot reach."""

import asyncio
from pathlib import Path

import click

from examsync.auditing import audit_of
from examsync.cli.options import checked_id, with_settings, written
from examsync.config import Config, Loaded


@click.command()
@click.argument("exam")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append to this file (default: standard output).",
)
@with_settings
def command(loaded: Loaded, /, exam: str, output: Path | None) -> None:
    """Sign how far each attempt of EXAM has come in Postgres, as one line.

    A chain of facts shows what was changed in it, but not that its end was cut off. Keep these
    lines elsewhere, made every few minutes while the exam runs and once after it, and hand them to
    `examsync verify --anchors FILE`.
    """
    checked_id(exam, "EXAM is the id of an exam")
    written(asyncio.run(anchored(loaded.config, exam)), output, append=True)


async def anchored(config: Config, exam: str) -> bytes:
    """The line. Raises ExamError NOT_FOUND, Unavailable."""
    async with audit_of(config) as audit:
        return await audit.anchor(exam)

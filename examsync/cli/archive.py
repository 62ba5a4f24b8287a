"""`examsync archive EXAM`: all that was kept of an exam as one file, to verify anywhere."""

import asyncio
from pathlib import Path

import click

from examsync.auditing import audit_of
from examsync.cli.options import checked_id, output_option, with_settings, written
from examsync.config import Config, Loaded


@click.command()
@click.argument("exam")
@output_option
@with_settings
def command(loaded: Loaded, /, exam: str, output: Path | None) -> None:
    """Write EXAM as an archive: its paper with keys, and each attempt with all its facts.

    `examsync verify --archive FILE` checks it without a database. It holds what candidates
    answered and the keys of the questions: keep it as you keep the database.
    """
    checked_id(exam, "EXAM is the id of an exam")
    written(asyncio.run(archived(loaded.config, exam)), output)


async def archived(config: Config, exam: str) -> bytes:
    """The archive. Raises ExamError NOT_FOUND, Unavailable."""
    async with audit_of(config) as audit:
        return b"".join([line async for line in audit.archive(exam)])

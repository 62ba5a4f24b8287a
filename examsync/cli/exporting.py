"""`examsync export`: a question bank as a file that `examsync import` reads back unchanged."""

from pathlib import Path

import click

from examsync.app import App
from examsync.bank import service as bank
from examsync.bank.formats import WRITERS
from examsync.cli.options import output_option, with_settings, written
from examsync.cli.running import run
from examsync.config import Loaded


@click.command()
@click.argument("bank_id", metavar="BANK")
@click.option(
    "--format", "format_name", type=click.Choice(list(WRITERS)), default="csv", show_default=True
)
@output_option
@with_settings
def command(loaded: Loaded, /, bank_id: str, format_name: str, output: Path | None) -> None:
    """Export all questions of BANK, each in its newest version, with their keys.

    Importing the file into BANK again changes nothing. In CSV, a cell that a spreadsheet would
    take for a formula begins with an apostrophe, which an import takes away.
    """

    async def work(app: App) -> bytes:
        return await bank.export_questions(app.pool, bank_id, format_name)

    written(run(loaded.config, work), output)

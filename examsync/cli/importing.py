"""`examsync import`: read a question bank; a dry run unless told to write."""

from pathlib import Path

import click

from examsync.app import App
from examsync.bank import service as bank
from examsync.bank.formats import FORMATS
from examsync.bank.report import Report
from examsync.cli.options import json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded

SHOWN_MAX = 50
"""Problems printed; `--json` has them all."""


@click.command()
@click.argument("bank_id", metavar="BANK")
@click.argument("file", type=click.File("rb"))
@click.option("--commit", is_flag=True, help="Write it; without this nothing is changed.")
@click.option("--skip-bad", is_flag=True, help="Take the good questions of a file with problems.")
@click.option(
    "--format",
    "format_name",
    default="csv",
    show_default=True,
    help=f"One of: {', '.join(FORMATS)}.",
)
@json_option
@with_settings
def command(loaded: Loaded, /, **said: object) -> None:
    """Import questions from FILE (- for standard input) into BANK.

    Every problem is printed with its line and column. Repeating an import changes nothing:
    questions are known by their external_id.
    """
    file = said["file"]
    data: bytes = file.read()  # type: ignore[attr-defined]  # click has opened it

    async def work(app: App) -> Report:
        return await bank.import_questions(
            app.pool,
            bank=str(said["bank_id"]),
            data=data,
            format=str(said["format_name"]),
            commit=bool(said["commit"]),
            skip_bad=bool(said["skip_bad"]),
            by="cli",
        )

    report = run(loaded.config, work)
    if said["as_json"]:
        print_json(report)
    else:
        _tell(report, Path(getattr(file, "name", "-")).name)
    if not report.committed and (said["commit"] or report.errors):
        raise click.exceptions.Exit(1)


def _tell(report: Report, name: str) -> None:
    for problem in report.problems[:SHOWN_MAX]:
        where = ":".join([name, *([str(problem.line), problem.column] if problem.line else [])])
        click.echo(f"{where}: {problem.severity}: {problem.message} [{problem.code}]", err=True)
    more = len(report.problems) - SHOWN_MAX
    if more > 0:
        click.echo(f"... and {more} more problems", err=True)
    verb = "imported" if report.committed else "would be imported; nothing is written"
    click.echo(
        f"{report.accepted} new, {report.updated} changed, {report.unchanged} unchanged: {verb}."
    )
    if not report.committed and not report.errors:
        click.echo("Add --commit to write them.")

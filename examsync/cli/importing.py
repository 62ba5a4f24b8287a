"""`examsync import`: read a question bank; a dry run unless told to write."""

from pathlib import Path

import click

from examsync.app import App
from examsync.bank import report_writing
from examsync.bank import service as bank
from examsync.bank.formats import FORMATS
from examsync.bank.formats.parsed import FILE_BYTES_MAX
from examsync.bank.report import Report, Takes
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.errors import ExamError
from protocol.problems import Code

SHOWN_MAX = 50
"""Problems printed; `--json` and `--report` have them all."""
BY_SUFFIX = {".gift": "gift", ".aiken": "aiken"}


def _template(ctx: click.Context, option: click.Parameter, asked: bool) -> None:
    """`--template` prints it, and that is all."""
    if asked:
        click.echo(bank.template(), nl=False)
        ctx.exit()


@click.command()
@click.argument("bank_id", metavar="BANK")
@click.argument("file", type=click.File("rb"))
@click.option("--commit", is_flag=True, help="Write it; without this nothing is changed.")
@click.option("--skip-bad", is_flag=True, help="Take the good questions of a file with errors.")
@click.option(
    "--format",
    "format_name",
    help=f"One of: {', '.join(FORMATS)}. By default what FILE's name ends with, or else csv.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all problems to this file, as CSV.",
)
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_template,
    help="Print a CSV with a question of each kind, to begin with.",
)
@json_option
@with_settings
def command(loaded: Loaded, /, **said: object) -> None:
    """Import questions from FILE (- for standard input) into BANK.

    Every problem is printed with its line and column. Repeating an import changes nothing:
    questions are known by their external_id.
    """
    file = said["file"]
    name = Path(getattr(file, "name", "-")).name
    data: bytes = file.read(FILE_BYTES_MAX + 1)  # type: ignore[attr-defined]  # click has opened it
    suffix = Path(name).suffix.lower()

    async def work(app: App) -> Report:
        return await bank.import_questions(
            app.pool,
            bank=str(said["bank_id"]),
            data=data,
            format=str(said["format_name"] or BY_SUFFIX.get(suffix, "csv")),
            commit=bool(said["commit"]),
            skip_bad=bool(said["skip_bad"]),
            by="cli",
        )

    report = run(loaded.config, work)
    _write(report, said["report"])
    if said["as_json"]:
        print_json(report)
    else:
        _tell(report, name, commit=bool(said["commit"]))
    if not report.committed and (said["commit"] or report.takes is not Takes.ALL):
        raise click.exceptions.Exit(1)


def _write(report: Report, file: object) -> None:
    """The report as CSV, if it is wanted."""
    if not isinstance(file, Path):
        return
    try:
        file.write_bytes(report_writing.write(report))
    except OSError as error:
        raise ExamError(Code.BAD_REQUEST, f"{file} cannot be written: {error}") from error


def _tell(report: Report, name: str, *, commit: bool) -> None:
    for problem in report.problems[:SHOWN_MAX]:
        where = ":".join([name, *([str(problem.line), problem.column] if problem.line else [])])
        click.echo(f"{where}: {problem.severity}: {problem.message} [{problem.code}]", err=True)
    more = len(report.problems) - SHOWN_MAX + report.problems_omitted
    if more > 0:
        click.echo(f"... and {more} more; --report FILE writes them down", err=True)
    counts = f"{report.accepted} new, {report.updated} changed, {report.unchanged} unchanged"
    if report.committed:
        click.echo(f"{counts}: imported.")
    elif report.takes is Takes.NONE:
        nothing = "Nothing was imported: there is no good question, or the file is not whole."
        click.echo(f"{nothing} `examsync import --template` prints one to begin with.")
    else:
        click.echo(f"{counts}: would be imported; nothing is written.")
        click.echo(_next(report, commit=commit))


def _next(report: Report, *, commit: bool) -> str:
    """What to do after a dry run, or after a commit that was refused."""
    if report.takes is Takes.ALL:
        return "Add --commit to write them."
    errors = f"{counted(report.errors_found, 'error')} in the file: mend it"
    good = counted(report.accepted + report.updated + report.unchanged, "good question")
    return f"{errors}, or add {'' if commit else '--commit '}--skip-bad to take {good} of it."

"""`examsync exam seat`: candidates put on the roll of an exam, from a file or by name."""

from pathlib import Path

import click

from examsync.app import App
from examsync.attempts.identity import attempt_id
from examsync.cli.options import checked_id, counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.errors import ExamError
from examsync.exams.seating import NAME_CHARS_MAX, Candidate, read, told
from examsync.rolls import enrolment_of
from protocol.http_exams import RosterReport
from protocol.problems import Code

PROBLEMS_SHOWN_MAX = 50
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("exam")
@click.argument("file", required=False, type=FILE)
@click.option("--candidate", "ids", multiple=True, metavar="ID[=NAME]", help="One; repeat it.")
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option("--skip-bad", is_flag=True, help="Take the good rows of a bad file.")
@json_option
@with_settings
def seat(
    loaded: Loaded,
    *,
    exam: str,
    file: Path | None,
    ids: tuple[str, ...],
    dry_run: bool,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Register candidates from a CSV FILE (candidate,name,hall,group,factor,extension_min).

    Those who are registered keep their attempt; a row that says otherwise changes it, until they
    have started. A file with a problem registers nobody.
    """
    named = [_named(text) for text in ids]
    if file is None and not named:
        raise click.UsageError("Name a file with candidates, or --candidate.")
    if dry_run and file is None:
        raise click.UsageError("--dry-run tells what a file would do: name one.")
    data = file.read_bytes() if file is not None else None

    async def register(app: App) -> RosterReport | None:
        await app.exams.refresh(exam)
        enrolment, report = enrolment_of(app), None
        if data is not None:
            report = await enrolment.import_list(exam, data, commit=not dry_run, skip_bad=skip_bad)
        if named and not dry_run and (report is None or report.committed):
            await enrolment.register(exam, named)
        return report

    report = run(loaded.config, register)
    if report is not None and file is not None:
        _tell(report, file.name, dry_run=dry_run, as_json=as_json)
    if dry_run:
        return
    listed = read(data).candidates if data is not None else []
    _done(exam, [*listed, *named], as_json=as_json)


def _named(text: str) -> Candidate:
    id_, _, name = text.partition("=")
    return Candidate(checked_id(id_, "call the candidate otherwise"), name[:NAME_CHARS_MAX])


def _tell(report: RosterReport, name: str, *, dry_run: bool, as_json: bool) -> None:
    """What the file would do or did. Raises ExamError IMPORT_FAILED if that is nothing."""
    if as_json and dry_run:
        print_json(report)
        return
    if not as_json:
        for found in [*report.errors, *report.warnings][:PROBLEMS_SHOWN_MAX]:
            click.echo(f"{name}: {told(found)}", err=True)
    if not report.committed and not dry_run:
        listed = " ".join(told(found) for found in report.errors[:PROBLEMS_SHOWN_MAX])
        summed = f"{name} has {counted(len(report.errors), 'problem')}; nobody is registered"
        raise ExamError(Code.IMPORT_FAILED, listed if as_json else summed)
    if not as_json:
        would = "Would be" if dry_run else "Read"
        click.echo(
            f"{would}: {report.new} new, {report.changed} changed, {report.unchanged} as they are;"
            f" {counted(len(report.errors), 'problem')}."
        )


def _done(exam: str, candidates: list[Candidate], *, as_json: bool) -> None:
    ids = {each.id: attempt_id(exam, each.id) for each in candidates}
    if as_json:
        print_json(ids)
    else:
        click.echo(f"Registered for {exam}: {counted(len(ids), 'candidate')}.")

"""`examsync results EXAM`: the table of results; released, withdrawn; regrades are in `regrading`.

`examsync results EXAM` is short for `examsync results show EXAM`.
"""

from pathlib import Path

import click

from examsync.attempts.identity import attempt_id
from examsync.cli import regrading
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.results.table import SORTS, Wanted
from protocol.http_results import ResultRow, Reveal
from protocol.types import AttemptState

BY = "cli"


class WithShow(click.Group):
    """A group whose command `show` need not be said: what is no command is an exam."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before an exam."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=WithShow)
def command() -> None:
    """Results: show (or just the exam), release, withdraw, waiting, mark, rule, regrade, ..."""


CANDIDATES = click.option(
    "--candidate", "candidates", multiple=True, metavar="ID", help="Only this one; repeat it."
)
REASON = click.option("--reason", default="", help="Kept with it.")


def named(exam: str, candidates: tuple[str, ...]) -> list[str] | None:
    """Their attempts; None for all."""
    return [attempt_id(exam, candidate) for candidate in candidates] or None


@command.command()
@click.argument("exam")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--sort", default="-total", help=f"{', '.join(SORTS)}; with a minus, downwards.")
@click.option("--state", type=click.Choice([str(state) for state in AttemptState]))
@click.option("--hall", help="Only this hall.")
@json_option
@with_settings
def show(
    loaded: Loaded,
    *,
    exam: str,
    file: Path | None,
    sort: str,
    state: str | None,
    hall: str | None,
    as_json: bool,
) -> None:
    """Everybody's latest result, the best first; `--csv FILE` writes a file for spreadsheets."""
    wanted = Wanted(sort, AttemptState(state) if state else None, hall=hall)
    if file is not None:
        body = run(loaded.config, lambda app: app.results.releasing.csv(exam, wanted))
        file.write_bytes(body)
        click.echo(f"Wrote {file}.")
        return
    rows = run(loaded.config, lambda app: app.results.releasing.rows(exam, wanted))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(_line(row))


def _line(row: ResultRow) -> str:
    marks = f"{row.whole.total}/{row.whole.maximum}" if row.whole else "-"
    waits = f"waits: {' '.join(row.waiting)}" if row.waiting else ""
    line = f"{row.candidate:20} {row.state:12} {row.grading:16} {marks:>12}"
    return f"{line}  {row.name} {waits}".rstrip()


@command.command()
@click.argument("exam")
@click.option(
    "--reveal",
    type=click.Choice([str(reveal) for reveal in Reveal]),
    default=str(Reveal.OUTCOMES),
    show_default=True,
    help="How much candidates are shown.",
)
@CANDIDATES
@REASON
@json_option
@with_settings
def release(
    loaded: Loaded,
    *,
    exam: str,
    reveal: str,
    candidates: tuple[str, ...],
    reason: str,
    as_json: bool,
) -> None:
    """Let candidates see their results; again, for those who were graded since."""
    done = run(
        loaded.config,
        lambda app: app.results.releasing.release(
            exam, by=BY, reveal=Reveal(reveal), attempts=named(exam, candidates), reason=reason
        ),
    )
    if as_json:
        print_json(done)
        return
    click.echo(f"Released for {counted(len(done.released), 'candidate')}.")
    if done.ungraded:
        click.echo(f"Not graded yet: {done.ungraded}.")
    if done.regrade_proposed:
        click.echo(f"A regrade is proposed: {done.regrade_proposed}.")


@command.command()
@click.argument("exam")
@CANDIDATES
@REASON
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@with_settings
def withdraw(
    loaded: Loaded,
    *,
    exam: str,
    candidates: tuple[str, ...],
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Hide results again; marks stay what they are, the next release shows them."""
    if not candidates and not yes:
        click.confirm(f"Hide the results of everybody in {exam}?", abort=True)
    hidden = run(
        loaded.config,
        lambda app: app.results.releasing.withdraw(
            exam, by=BY, attempts=named(exam, candidates), reason=reason
        ),
    )
    if as_json:
        print_json({"withdrawn": hidden})
    else:
        click.echo(f"Withdrawn for {counted(len(hidden), 'candidate')}.")


for name, each in regrading.COMMANDS.items():
    command.add_command(each, name)

"""`examsync exam slips`: what candidates are handed, with the code that lets them in."""

import csv
from pathlib import Path

import click

from examsync.access.code import Slip
from examsync.bank.formats.formula import guarded
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded

HEADER = ("candidate", "name", "hall", "group", "code")


@click.command()
@click.argument("exam")
@click.option("--candidate", "ids", multiple=True, metavar="ID", help="Only this one; repeat it.")
@click.option(
    "--csv",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a table that any mail merge reads; not shown on the screen then.",
)
@click.option("--renew", is_flag=True, help="New codes; those printed before become worthless.")
@json_option
@with_settings
def slips(
    loaded: Loaded,
    *,
    exam: str,
    ids: tuple[str, ...],
    file: Path | None,
    renew: bool,
    as_json: bool,
) -> None:
    """Access codes of an exam's candidates: the same ones every time, unless they are renewed."""
    wanted = ids or None
    made = run(loaded.config, lambda app: app.access.codes.slips(exam, wanted, renew=renew))
    if file is not None:
        _write(file, made)
        click.echo(f"Wrote {counted(len(made), 'slip')} of {exam} to {file}.")
    elif as_json:
        print_json([dict(zip(HEADER, _row(slip), strict=True)) for slip in made])
    else:
        for slip in made:
            place = slip.place
            click.echo(f"{slip.code}  {place.candidate:24} {place.name} {place.hall}".rstrip())


def _row(slip: Slip) -> tuple[str, ...]:
    place = slip.place
    return place.candidate, place.name, place.hall, place.group, slip.code


def _write(file: Path, made: list[Slip]) -> None:
    """As spreadsheets like it; no cell is taken for a formula. Only its owner may read it."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(HEADER)
        writer.writerows([guarded(cell) for cell in _row(slip)] for slip in made)

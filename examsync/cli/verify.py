"""`examsync verify [EXAM]`: is what was kept of each attempt what its facts say, unchanged?"""

import asyncio
from pathlib import Path

import click

from examsync.audit.anchor import Anchor, BadAnchor, read
from examsync.audit.archive import BadArchive
from examsync.audit.service import Examined, examine_archive
from examsync.auditing import audit_keys, audit_of
from examsync.cli.options import checked_id, counted, json_option, print_json, with_settings
from examsync.config import Config, Loaded
from examsync.errors import ExamError
from protocol.problems import Code

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("exam", required=False)
@click.option("--archive", type=FILE, help="Verify this file of `examsync archive`, no database.")
@click.option("--anchors", type=FILE, help="Compare with these lines of `examsync anchor`, too.")
@json_option
@with_settings
@click.pass_context
def command(
    ctx: click.Context,
    /,
    loaded: Loaded,
    *,
    exam: str | None,
    archive: Path | None,
    anchors: Path | None,
    as_json: bool,
) -> None:
    """Recompute the attempts of EXAM, or all there are, from their facts.

    Every fact's keyed hash, the chain they make, and what rows, responses, commands and results say
    are compared; with --anchors also how far the chains had come. The exit code is 1 when something
    does not fit. A branch is no finding: it is what was written in a life of Redis that was lost.
    What was erased on order (`examsync erase`) is told with who, when and why, and is none either.
    Only Postgres or the archive is read, with `auth.receipt_secret`, and nothing is changed.
    """
    if exam is not None:
        checked_id(exam, "EXAM is the id of an exam")
        if archive is not None:
            raise click.UsageError("an archive is of one exam; leave out EXAM")
    marks = _anchors(loaded.config, anchors)
    if archive is not None:
        said = _archived(loaded.config, archive, marks)
    else:
        said = asyncio.run(examine(loaded.config, exam, marks))
    if as_json:
        print_json(said)
    else:
        _print(said)
    ctx.exit(1 if said.findings else 0)


async def examine(config: Config, exam: str | None, anchors: list[Anchor]) -> Examined:
    """Look at every attempt. Raises Unavailable; ExamError NOT_FOUND if the exam has none."""
    async with audit_of(config) as audit:
        return await audit.examine(exam, anchors)


def _archived(config: Config, file: Path, anchors: list[Anchor]) -> Examined:
    try:
        with file.open("rb") as lines:
            return examine_archive(audit_keys(config), lines, anchors)
    except BadArchive as error:
        raise ExamError(Code.BAD_REQUEST, f"{file}, {error}{_OTHER_SECRET}") from error


def _anchors(config: Config, file: Path | None) -> list[Anchor]:
    if file is None:
        return []
    try:
        with file.open("rb") as lines:
            return read(audit_keys(config).anchor, lines)
    except BadAnchor as error:
        raise ExamError(Code.BAD_REQUEST, f"{file}, {error}{_OTHER_SECRET}") from error


_OTHER_SECRET = " (is auth.receipt_secret that of the server?)"


def _print(said: Examined) -> None:
    for finding in said.findings:
        click.echo(f"WRONG   {finding.attempt} {finding.n}: {finding.what}")
    for branch in said.branches:
        click.echo(f"branch  {branch.attempt} {branch.n}: {branch.what}")
    for erasure in said.erasures:
        click.echo(f"erased  {erasure.attempt} {erasure.n}: {erasure.what}")
    looked = f"{counted(said.attempts, 'attempt')} of {counted(said.facts, 'fact')}"
    wrong = counted(len(said.findings), "finding") if said.findings else "nothing wrong"
    aside = f", {counted(len(said.branches), 'fact')} in branches" if said.branches else ""
    click.echo(f"{looked}: {wrong}{aside}.")

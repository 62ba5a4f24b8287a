"""`examsync verify [EXAM]`: is what Postgres has of each attempt what its facts say, unchanged?"""

import asyncio

import click
from msgspec import Struct

from examsync.app import receipt_keys
from examsync.attempts.records import PostgresRecords
from examsync.attempts.verify import Finding, verify
from examsync.cli.options import checked_id, counted, json_option, print_json, with_settings
from examsync.config import Config, Loaded
from examsync.errors import ExamError
from examsync.infra.postgres import connect_pool
from protocol.problems import Code

PAGE = 500
CONNECTIONS_MAX = 2


class Examined(Struct):
    """What was looked at, what is wrong, and which facts stand aside of their chain."""

    attempts: int = 0
    facts: int = 0
    findings: list[Finding] = []
    branches: list[Finding] = []


@click.command()
@click.argument("exam", required=False)
@json_option
@with_settings
@click.pass_context
def command(ctx: click.Context, /, loaded: Loaded, *, exam: str | None, as_json: bool) -> None:
    """Recompute the attempts of EXAM, or all there are, from their facts.

    Every fact's keyed hash, the chain they make, and what rows, responses and commands say are
    compared. The exit code is 1 when something does not fit. A branch is no finding: it is what
    was written in a life of Redis that was lost. Only Postgres is asked, and nothing is changed.
    """
    if exam is not None:
        checked_id(exam, "EXAM is the id of an exam")
    said = asyncio.run(examine(loaded.config, exam))
    if as_json:
        print_json(said)
    else:
        _print(said)
    ctx.exit(1 if said.findings else 0)


async def examine(config: Config, exam: str | None) -> Examined:
    """Look at every attempt. Raises Unavailable; ExamError NOT_FOUND if the exam has none."""
    pool = await connect_pool(config.postgres.url, connections_max=CONNECTIONS_MAX)
    try:
        records = PostgresRecords(pool, key := receipt_keys(config).chain)
        said, after = Examined(), ""
        while ids := await records.ids_from(exam, after, PAGE):
            for id_ in ids:
                await _look(records, key, id_, said)
            after = ids[-1]
    finally:
        await pool.close()
    if exam is not None and not said.attempts:
        raise ExamError(Code.NOT_FOUND, f"no attempt of {exam} is in this database")
    return said


async def _look(records: PostgresRecords, key: bytes, id_: str, said: Examined) -> None:
    evidence = await records.evidence(id_)
    if evidence is None:  # removed since its id was read
        return
    verdict = verify(key, evidence)
    said.attempts += 1
    said.facts += verdict.facts
    said.findings += verdict.findings
    said.branches += verdict.branches


def _print(said: Examined) -> None:
    for finding in said.findings:
        click.echo(f"WRONG   {finding.attempt} {finding.n}: {finding.what}")
    for branch in said.branches:
        click.echo(f"branch  {branch.attempt} {branch.n}: {branch.what}")
    looked = f"{counted(said.attempts, 'attempt')} of {counted(said.facts, 'fact')}"
    wrong = counted(len(said.findings), "finding") if said.findings else "nothing wrong"
    aside = f", {counted(len(said.branches), 'fact')} in branches" if said.branches else ""
    click.echo(f"{looked}: {wrong}{aside}.")

"""`examsync restore FILE`: a backup into an empty database, and what Redis knows newer."""

import asyncio
import functools
import time
from pathlib import Path

import asyncpg
import click
import msgspec

from examsync import restoring
from examsync.cli.backup import key_of
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.cli.times import shown_time
from examsync.config import Config, Loaded
from examsync.errors import ExamError, Unavailable
from examsync.infra import backup
from examsync.infra.backup_file import Begin
from examsync.infra.migrations import runner
from examsync.infra.redis import Line, LineDown
from protocol.problems import Code

GONE_WITHIN_S = 15.0
"""A process that was killed is known as dead by then (monitor)."""
LOOK_S = 0.5
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--salvage", is_flag=True, help="Bring back what Redis knows newer than FILE.")
@click.option("--discard", is_flag=True, help="Remove what Redis holds: it is of something else.")
@json_option
@with_settings
def command(
    loaded: Loaded, *, file: Path | None, salvage: bool, discard: bool, as_json: bool
) -> None:
    """Restore FILE, of `examsync backup`, into an empty database. No server may run.

    Without FILE: the database was restored by other means (pg_restore, recovery to a point in
    time) and is only made ready. A Redis that outlived the database knows what came after the
    backup: --salvage brings the answers, starts, submissions and grants of time back. Clients bring
    back what they hold by themselves, when they meet the restored server.
    """
    if salvage and discard:
        raise click.UsageError("--salvage or --discard, not both.")
    config = loaded.config
    asyncio.run(_look(config, chosen=salvage or discard))
    done: dict[str, object] = {}
    if file is not None:
        begin = asyncio.run(_load(config, file, quiet=as_json))
        done["of"] = begin.at
    else:
        asyncio.run(_ready(config))
    if discard:
        done["discarded"] = asyncio.run(_discard(config))
    if salvage:
        done["salvaged"] = msgspec.to_builtins(run(config, restoring.salvage))
    if as_json:
        print_json(done)
        return
    click.echo(f"Restored as of {shown_time(begin.at)}." if file is not None else "Made ready.")
    _tell(done)
    click.echo("Start the servers, then see `examsync verify`.")


def _tell(done: dict[str, object]) -> None:
    if "discarded" in done:
        click.echo(f"{done['discarded']} keys removed from Redis.")
    said = done.get("salvaged")
    if isinstance(said, dict):
        click.echo(
            f"Brought back from Redis for {counted(said['attempts'], 'attempt')}: "
            f"{counted(said['answers'], 'answer')}, {counted(said['commands'], 'command')}; "
            f"{said['refused']} refused."
        )
        for kind, count in sorted(said["left"].items()):
            click.echo(f"not brought back (Redis has no text of it): {count} {kind}")


async def _look(config: Config, *, chosen: bool) -> None:
    """Refuse what would mix two lives. Raises ExamError CONFLICT, Unavailable."""
    line = Line(config.redis.url)
    try:
        if not await _nobody_serves(line):
            raise ExamError(Code.CONFLICT, "servers run on this Redis: stop them first")
        if not chosen and await restoring.lives_on(line):
            raise ExamError(
                Code.CONFLICT,
                "this Redis holds attempts: --salvage brings back what it knows newer than the "
                "backup, --discard removes it",
            )
    finally:
        await line.close()


async def _nobody_serves(line: Line) -> bool:
    """Whether no server runs, now or within a moment: what a killed one said of itself expires."""
    end = time.monotonic() + GONE_WITHIN_S
    while await restoring.serving(line):
        if time.monotonic() > end:
            return False
        await asyncio.sleep(LOOK_S)
    return True


async def _load(config: Config, file: Path, *, quiet: bool) -> Begin:
    def told(table: str, rows: int) -> None:
        if rows and not quiet:
            click.echo(f"{table}: {counted(rows, 'row')}", err=True)

    fence = functools.partial(restoring.fence, partitions=config.redis.partitions)
    url, rest = config.postgres.url, restoring.fence_rest
    return await backup.load(url, file, key_of(config), told, fence=fence, after=rest)


async def _ready(config: Config) -> None:
    connection = await asyncpg.connect(config.postgres.url, timeout=runner.CONNECT_TIMEOUT_S)
    try:
        async with connection.transaction():
            await restoring.fence(connection, config.redis.partitions)
            await restoring.fence_rest(connection)
    finally:
        await connection.close()


async def _discard(config: Config) -> int:
    line = Line(config.redis.url, timeout_s=restoring.PATIENT_S)
    try:
        return await restoring.discard(line)
    except LineDown as error:
        raise Unavailable(str(error)) from error
    finally:
        await line.close()

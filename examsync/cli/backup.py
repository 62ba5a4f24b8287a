"""`examsync backup FILE`: the whole database as one file, as of one moment."""

import asyncio
import os
import time
from pathlib import Path
from typing import BinaryIO

import click

from examsync.attempts import seal
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.config import Config, Loaded
from examsync.errors import ExamError
from examsync.infra import backup
from protocol.problems import Code

MODE = 0o600


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@with_settings
def command(loaded: Loaded, *, file: Path, as_json: bool) -> None:
    """Write all that Postgres has to FILE, as of one moment. An exam may be under way.

    What was acknowledged and not flushed yet (about two seconds) is in Redis and on the candidates'
    devices only. The settings are not in it: keep auth.secret and auth.receipt_secret elsewhere,
    for without them no receipt and no chain can be checked, nor this file be restored.
    """
    began = time.monotonic()
    tell = _silent if as_json else _told
    try:
        with _beginning(file) as out:
            rows = asyncio.run(backup.write(_url(loaded.config), out, key_of(loaded.config), tell))
            out.flush()
            os.fsync(out.fileno())
        _part(file).rename(file)
    except OSError as error:
        raise ExamError(Code.BAD_REQUEST, f"{file} cannot be written: {error}") from error
    finally:
        _part(file).unlink(missing_ok=True)
    size, took_ms = file.stat().st_size, round((time.monotonic() - began) * 1_000)
    if as_json:
        print_json({"file": str(file), "bytes": size, "took_ms": took_ms, "rows": rows})
    else:
        whole = counted(sum(rows.values()), "row")
        click.echo(f"{file}: {whole}, {size} bytes, in {took_ms / 1_000:.1f} s.")


def key_of(config: Config) -> bytes:
    """What seals backups."""
    return seal.derive(config.auth.receipt_secret.encode(), "backup")


def _url(config: Config) -> str:
    return config.postgres.url


def _part(file: Path) -> Path:
    return file.with_name(file.name + ".part")


def _beginning(file: Path) -> BinaryIO:
    """Written beside its name first: a file of that name is a whole backup."""
    if file.exists():
        raise ExamError(Code.EXISTS, f"{file} is there already: give another name")
    return os.fdopen(os.open(_part(file), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "wb")


def _told(table: str, rows: int) -> None:
    if rows:
        click.echo(f"{table}: {counted(rows, 'row')}", err=True)


def _silent(table: str, rows: int) -> None:
    """For programs the last word says it all."""

"""Options that commands share: where settings come from, what is asked, output as JSON."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click
import msgspec

from examsync.config import Loaded, load
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Id

CONFIG_VARIABLE = "EXAMSYNC_CONFIG"

P = ParamSpec("P")
R = TypeVar("R")


def with_settings(command: Callable[Concatenate[Loaded, P], R]) -> Callable[P, R]:
    """Add `--config` and `--set`, load the configuration, and hand it over as first argument."""

    @click.option(
        "-c",
        "--config",
        "config_path",
        metavar="FILE",
        help=f"Settings in TOML (default: ${CONFIG_VARIABLE}, or no file).",
    )
    @click.option(
        "-s",
        "--set",
        "assignments",
        metavar="SECTION.KEY=VALUE",
        multiple=True,
        help="One setting, before all other sources; may be repeated.",
    )
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        path = kwargs.pop("config_path") or os.environ.get(CONFIG_VARIABLE) or None
        assignments = kwargs.pop("assignments")
        assert isinstance(assignments, tuple)
        assert path is None or isinstance(path, str)
        return command(load(path, os.environ, _flags(assignments)), *args, **kwargs)

    return wrapped


def _flags(assignments: tuple[str, ...]) -> dict[str, object]:
    flags: dict[str, object] = {}
    for assignment in assignments:
        path, equals, value = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"--set {assignment}: write SECTION.KEY=VALUE.")
        flags[path.strip()] = value
    return flags


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for programs; errors too."
)
"""Adds `as_json: bool`."""


dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
"""Adds `dry_run: bool`."""

yes_option = click.option("--yes", is_flag=True, help="Do not ask: for scripts and timers.")
"""Adds `yes: bool`."""


def checked_id(text: str, hint: str) -> str:
    """The text, if it can be an id. Raises click's UsageError with the hint."""
    try:
        return msgspec.convert(text, Id)
    except msgspec.ValidationError:
        allowed = "letters, digits and _ . : -, 64 at most"
        raise click.UsageError(f"{text!r} is no id ({allowed}): {hint}.") from None


def counted(count: int, noun: str) -> str:
    """`1 attempt`, `2 attempts`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def print_json(value: object) -> None:
    """Any msgspec-encodable value, indented, on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file (default: standard output).",
)


def written(data: bytes, output: Path | None, *, append: bool = False) -> None:
    """Put what a command makes into a file, or on standard output. Raises ExamError."""
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        with output.open("ab" if append else "wb") as file:
            file.write(data)
    except OSError as error:
        raise ExamError(Code.BAD_REQUEST, f"{output} cannot be written: {error}") from error
    click.echo(f"{len(data)} bytes written to {output}.", err=True)

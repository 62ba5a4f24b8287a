"""`examsync config`: are the settings usable, what are they, what could they be."""

import textwrap
from typing import Any, get_args

import click
import msgspec

from examsync.cli.options import json_option, print_json, with_settings
from examsync.config import ALIASES, KEYS, Config, Loaded, refuse_unsafe
from examsync.sources import Key, keys_of, metas_of

COMMENT_COLUMNS = 96
TABLE_EXAMPLES = {
    "issuer": '"https://school.example/"',
    "audience": '"examsync"',
    "algorithms": '["RS256"]',
    "roles": '{ student = "candidate", teacher = "examiner" }',
}
"""What is shown for keys of a table that have no default."""

HEAD = """\
Every setting of ExamSync with its default. Printed by `examsync config default`.

A flag (--set section.key=value) beats the environment, that beats this file, and this file beats
the defaults. In the environment, section.key is EXAMSYNC_SECTION_KEY; lists are written with
commas. Secrets may lie in files: EXAMSYNC_AUTH_SECRET_FILE=/run/secrets/auth. Also understood:
{aliases}.
"""


@click.group()
def command() -> None:
    """Settings: check them, show them and where they come from, list the defaults."""


@command.command()
@json_option
@with_settings
def check(loaded: Loaded, as_json: bool) -> None:
    """Fail unless the settings can be used outside a demonstration."""
    refuse_unsafe(loaded.config)
    if as_json:
        print_json({"ok": True})
    else:
        click.echo("The settings are in order.")


@command.command()
def default() -> None:
    """Print every setting with its default and its meaning, as a file to start from."""
    click.echo(default_toml(), nl=False)


@command.command()
@json_option
@with_settings
def show(loaded: Loaded, as_json: bool) -> None:
    """Print every setting's value and source; secrets are masked."""
    rows = [(key.path, _shown(key, loaded.config), loaded.sources[key.path]) for key in KEYS]
    if as_json:
        print_json({path: {"value": value, "source": source} for path, value, source in rows})
        return
    lines = [(path, _toml(value), source) for path, value, source in rows]
    paths, values = (max(len(line[column]) for line in lines) for column in (0, 1))
    for path, value, source in lines:
        click.echo(f"{path:{paths}}  {value:{values}}  {source}")


def _shown(key: Key, config: Config) -> Any:
    value = getattr(getattr(config, key.section), key.name)
    return msgspec.to_builtins(key.masked(value))


def default_toml() -> str:
    """`config/examsync.toml`: all keys, their defaults, meanings and ranges."""
    parts = [_comment(HEAD.format(aliases=", ".join(ALIASES)))]
    section = ""
    for key in KEYS:
        if key.section != section:
            section = key.section
            about = next(f.type for f in msgspec.structs.fields(Config) if f.name == section)
            parts.append(f"\n{_comment(about.__doc__)}[{section}]\n")
        value = _toml(msgspec.to_builtins(key.default))
        parts.append(f"\n{_comment(f'{key.meaning} {_range(key)}')}{key.name} = {value}\n")
        parts.append(_tables(key))
    return "".join(parts)


def _tables(key: Key) -> str:
    """For a key that is a list of tables: one of them with all it may say, as a comment."""
    listed = get_args(get_args(key.type)[0] if get_args(key.type) else key.type)
    struct = listed[0] if listed else None
    if not (isinstance(struct, type) and issubclass(struct, msgspec.Struct)):
        return ""
    lines = [
        f"In place of the line above, a table for each, behind the other keys of [{key.section}]:",
        f"[[{key.path}]]",
    ]
    for each in keys_of(key.path, struct):
        given = each.default is not msgspec.NODEFAULT
        value = _toml(msgspec.to_builtins(each.default)) if given else TABLE_EXAMPLES[each.name]
        lines += ["", f"  # {each.meaning} {_range(each)}".rstrip(), f"  {each.name} = {value}"]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _comment(text: str) -> str:
    lines = [
        line
        for paragraph in text.strip().split("\n\n")
        for line in ["", *textwrap.wrap(" ".join(paragraph.split()), COMMENT_COLUMNS)]
    ]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines[1:])


def _range(key: Key) -> str:
    """What the type allows, in words: "(1 to 64)", "(json, pretty)"."""
    if isinstance(key.default, str) and type(key.default) is not str:
        return f"({', '.join(type(key.default))})"  # type: ignore[arg-type]
    lows = [meta.ge for meta in metas_of(key.type) if meta.ge is not None]
    highs = [meta.le for meta in metas_of(key.type) if meta.le is not None]
    if lows and highs:
        return f"({lows[0]:,} to {highs[0]:,})".replace(",", "_")
    return f"({lows[0]} or more)" if lows else ""


def _toml(value: object) -> str:
    """A value as TOML writes it; strings, numbers and lists are as in JSON."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if type(value) is int and abs(value) >= 10_000:
        return f"{value:_}"
    return msgspec.json.encode(value).decode()

"""Where settings come from: flags over environment over file over defaults, each with its source.

Knows no key of ours: `examsync.config` hands in Structs whose fields say type, range and meaning.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, get_args

import msgspec
from msgspec import Meta, Struct

PREFIX = "EXAMSYNC_"
_SERVICE_LINK = re.compile(r"_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT$|_PORT_\d+_(TCP|UDP)(_|$)")
"""Kubernetes sets such variables for every Service; one called `examsync` must not stop us."""


class BadConfig(Exception):
    """Settings that cannot be used. `faults`: one sentence each, naming key and source."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Key(Struct, frozen=True):
    """One setting. `secret`: "" (shown), "whole" (masked) or "url" (its password is masked)."""

    section: str
    name: str
    type: Any
    default: Any
    meaning: str
    secret: str

    @property
    def path(self) -> str:
        """As it is named to people: `redis.url`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """As it is named in the environment: `EXAMSYNC_REDIS_URL`."""
        return f"{PREFIX}{self.section}_{self.name}".upper()

    def masked(self, value: object) -> object:
        """The value as it may be shown."""
        if self.secret == "url":
            hidden = re.sub(r"://.*@", "://***@", str(value))
            return re.sub(r"(password=)[^&\s]*", r"\1***", hidden)
        if self.secret and value:
            return "***"
        return value


class Setting(Struct, frozen=True):
    """A value as it was found, and where: "default", a file, a variable or a flag."""

    value: Any
    source: str


def keys_of(section: str, struct: type[Struct]) -> list[Key]:
    """The keys of one section, in the order of its fields. Metas carry meaning and range."""
    return [
        Key(section, field.name, field.type, _default(field), *_meaning(field.type))
        for field in msgspec.structs.fields(struct)
    ]


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    made = field.default_factory
    return made() if callable(made) else msgspec.NODEFAULT


def metas_of(annotated: object) -> list[Meta]:
    """The Metas of an annotated type: ranges and, in one of them, the description."""
    return [meta for meta in get_args(annotated)[1:] if isinstance(meta, Meta)]


def _meaning(annotated: object) -> tuple[str, str]:
    metas = metas_of(annotated)
    meaning = next((meta.description for meta in metas if meta.description), "")
    secret = next((meta.extra["secret"] for meta in metas if meta.extra), "")
    return meaning, secret


def gather(
    keys: list[Key],
    aliases: Mapping[str, str],
    *,
    file: tuple[str, str] | None,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    read: Callable[[str], str],
) -> dict[str, Setting]:
    """Every key's winning value, converted and checked against its type and range.

    `file`: its name and text. `aliases`: further variables, as `PORT`, and the keys they set.
    `read` fetches what `*_FILE` variables name. Raises BadConfig with every fault, not the first.
    """
    by_path = {key.path: key for key in keys}
    faults: list[str] = []
    found = {path: Setting(key.default, "default") for path, key in by_path.items()}
    for layer in (
        _from_file(file, by_path, faults),
        _from_environ(environ, by_path, aliases, read, faults),
        _from_flags(flags, by_path, faults),
    ):
        for path, setting in layer.items():
            found[path] = _converted(by_path[path], setting, faults)
    if faults:
        raise BadConfig(faults)
    return found


def _from_file(
    file: tuple[str, str] | None, by_path: dict[str, Key], faults: list[str]
) -> dict[str, Setting]:
    if file is None:
        return {}
    name, text = file
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(f"file {name}: this is not TOML: {error}")
        return {}
    found = {}
    sections = {key.section for key in by_path.values()}
    for section, table in tables.items():
        if section not in sections:
            faults.append(_unknown(section, sections, f"file {name}"))
        elif not isinstance(table, dict):
            faults.append(f"{section} (from file {name}): write it as a table, [{section}]")
        else:
            for key, value in table.items():
                found[f"{section}.{key}"] = Setting(value, f"file {name}")
    return _known(found, by_path, faults)


def _from_environ(
    environ: Mapping[str, str],
    by_path: dict[str, Key],
    aliases: Mapping[str, str],
    read: Callable[[str], str],
    faults: list[str],
) -> dict[str, Setting]:
    names = dict(aliases) | {key.variable: path for path, key in by_path.items()}
    files = {f"{name}_FILE": path for name, path in names.items() if by_path[path].secret}
    found: dict[str, Setting] = {}
    for name, path in (names | files).items():  # exact names come after aliases and win
        value = environ.get(name, "")
        if value == "":  # how shells and compose files say "not set"
            continue
        if name in files:
            if name.removesuffix("_FILE") in environ:
                faults.append(f"{path} (from environment {name}): set this or the value, not both")
            value = _contents(value, f"{path} (from environment {name})", read, faults)
        found[path] = Setting(value, f"environment {name}")
    faults.extend(_misspelt(environ, names | files, by_path))
    return found


def _contents(path: str, where: str, read: Callable[[str], str], faults: list[str]) -> str:
    try:
        return read(path).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{where}: cannot read the file: {error}")
        return ""


def _misspelt(
    environ: Mapping[str, str], names: Mapping[str, str], by_path: dict[str, Key]
) -> Iterable[str]:
    """Variables that were surely meant for us: of one of our sections, or close to a real name."""
    sections = tuple({f"{PREFIX}{key.section.upper()}_" for key in by_path.values()})
    for name in environ:
        if not name.startswith(PREFIX) or name in names or _SERVICE_LINK.search(name):
            continue
        if name.startswith(sections) or difflib.get_close_matches(name, names, 1, 0.9):
            yield _unknown(name, names, "environment")


def _from_flags(
    flags: Mapping[str, object], by_path: dict[str, Key], faults: list[str]
) -> dict[str, Setting]:
    found = {path: Setting(value, "flag") for path, value in flags.items()}
    return _known(found, by_path, faults)


def _known(
    found: dict[str, Setting], by_path: dict[str, Key], faults: list[str]
) -> dict[str, Setting]:
    for path in [path for path in found if path not in by_path]:
        faults.append(_unknown(path, by_path, found.pop(path).source))
    return found


def _unknown(name: str, known: Iterable[str], source: str) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    hint = f"; did you mean {close[0]}?" if close else "; `examsync config default` lists them all"
    return f"{name} (from {source}): there is no such key{hint}"


def _converted(key: Key, setting: Setting, faults: list[str]) -> Setting:
    """The setting with its value in the key's type; a fault and the default when it is not one.

    A file is TOML and has types of its own; variables and most flags are text and are parsed.
    """
    text = isinstance(setting.value, str) and not setting.source.startswith("file ")
    try:
        value = _parsed(key, setting.value) if text else setting.value
        return Setting(msgspec.convert(value, key.type, strict=not text), setting.source)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        shown = "" if key.secret else f" = {setting.value!r}"
        faults.append(f"{key.path}{shown} (from {setting.source}): {error}{_choices(key)}")
        return Setting(key.default, setting.source)


def _choices(key: Key) -> str:
    if isinstance(key.default, StrEnum):
        return f"; one of {', '.join(type(key.default))}"
    return ""


def _parsed(key: Key, text: str) -> object:
    """A table is written as JSON; a list as JSON or with commas; the rest converts by itself."""
    if isinstance(key.default, dict) or text.lstrip().startswith("["):
        return msgspec.json.decode(text)
    if isinstance(key.default, list | tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text

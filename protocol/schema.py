"""JSON Schema (2020-12) of every message, from the Structs. Read by the generator and the tests.

msgspec writes the schemas; what it leaves open is settled here: an ack's `ok` is a constant, what
the server always sends is required, docstrings lose their indentation.
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from protocol.messages import Said, Speaker
from protocol.version import LEVEL

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODULES = ("paper", "problems", "erasure", "facts", "from_client", "from_server")
_ACCEPTED = (Speaker.CLIENT, Speaker.HTTP_REQUEST)


def components(said: list[Said], template: str) -> tuple[list[Schema], dict[str, Schema]]:
    """A schema per message, and the named schemas they refer to through `template`.

    `template` holds `{name}`, as in `#/$defs/{name}`.
    """
    prefix = template.removesuffix("{name}")
    tops, named = msgspec.json.schema_components([s.type for s in said], ref_template=template)
    accepted = reachable(
        (top for top, s in zip(tops, said, strict=True) if s.speaker in _ACCEPTED), named, prefix
    )
    structs = _structs()
    for name, schema in named.items():
        settle(schema)
        if name in structs and "properties" in schema:
            _say_ok(schema, structs[name])
            if name not in accepted:
                _require_what_is_sent(schema, structs[name])
    return [dict(top) for top in tops], dict(sorted(named.items()))


def documents(said: list[Said]) -> dict[str, Schema]:
    """One self-contained schema per message, by path."""
    tops, named = components(said, "#/$defs/{name}")
    made = {}
    for top, message in zip(tops, said, strict=True):
        used = reachable([top], named, "#/$defs/")
        document: Schema = {
            "$schema": DIALECT,
            "$id": f"urn:examsync:{LEVEL}:{message.path.replace('/', ':')}",
            **top,
        }
        if used:
            document["$defs"] = {name: named[name] for name in sorted(used)}
        made[message.path] = document
    return made


def reachable(tops: Iterable[Schema], named: dict[str, Schema], prefix: str) -> set[str]:
    """The names of all schemas that `tops` refer to, directly or not."""
    seen: set[str] = set()
    todo = [ref for top in tops for ref in _references(top, prefix)]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(_references(named[name], prefix))
    return seen


def _references(node: object, prefix: str) -> Iterator[str]:
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            yield ref.removeprefix(prefix)
        for child in node.values():
            yield from _references(child, prefix)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child, prefix)


def _structs() -> dict[str, type[msgspec.Struct]]:
    """Every Struct of the protocol by name (names are unique, a test says so)."""
    found = {}
    http = [name for name in sys.modules if name.startswith("protocol.http")]
    for module in (*(f"protocol.{each}" for each in _MODULES), *http):
        for name, value in vars(sys.modules[module]).items():
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                found[name] = value
    return found


def settle(node: object) -> None:
    """In place: one-valued enums become constants, descriptions lose their indentation.

    `discriminator` goes: it is OpenAPI's, AsyncAPI forbids an object there, and the constant of
    each member tells the members of a union apart anyway.
    """
    if isinstance(node, dict):
        if isinstance(node.get("discriminator"), dict):
            del node["discriminator"]
        choices = node.get("enum")
        if isinstance(choices, list) and len(choices) == 1 and "title" not in node:
            node["const"] = node.pop("enum")[0]
        if isinstance(node.get("description"), str):
            node["description"] = inspect.cleandoc(node["description"])
        for child in node.values():
            settle(child)
    elif isinstance(node, list):
        for child in node:
            settle(child)


def _say_ok(schema: Schema, struct: type[msgspec.Struct]) -> None:
    """`ok` with a default is always that value, and always sent."""
    for field in msgspec.structs.fields(struct):
        if field.name == "ok" and not field.required:
            made = field.default_factory
            value = made() if callable(made) else field.default
            schema["properties"]["ok"] = {"const": value}
            schema["required"] = [*schema.get("required", []), "ok"]


def _require_what_is_sent(schema: Schema, struct: type[msgspec.Struct]) -> None:
    """The server sends every field of a Struct that does not omit its defaults."""
    if not struct.__struct_config__.omit_defaults:
        schema["required"] = list(schema["properties"])

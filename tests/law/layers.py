"""Who may import whom (DESIGN 9), as tables; a complaint says which wall was walked through.

A file's layer follows from its place: in a context (a noun's folder) the first name below the
folder decides: `store` touches storage, `service` joins, any other name is pure.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

# Contexts, low to high. One may use those in earlier rows, never its own row or a later one.
CONTEXTS = (
    {"access", "bank"},
    {"exams"},
    {"grading", "attempts"},
    {"monitor", "proctoring"},
    {"results"},
    {"events"},
    {"audit"},
)
RANK = {name: rank for rank, row in enumerate(CONTEXTS) for name in row}

# A file that is not called store or service but is by nature one of them, entered on purpose.
COUNTS_AS = {
    "access/code_store": "store",  # codes, as hashes
    "access/key_store": "store",  # API keys, as hashes
    "audit/erasing": "service",  # what is personal leaves storage
    "audit/erasing_store": "store",  # the same in Postgres
    "bank/catalogue": "service",  # what there is, a page at a time
    "bank/catalogue_store": "store",  # the same in Postgres
    "exams/planning": "service",  # exams before and after they are sat
    "attempts/bulk": "service",  # acts on many attempts
    "attempts/cleaning": "store",  # what may leave Redis
    "attempts/columns": "store",  # between rows and Structs
    "attempts/commit": "service",  # all writes of a tick in one pipeline
    "attempts/desk": "service",  # one attempt at work: confirmed, in flight, waited for
    "attempts/enrolment": "service",  # candidates put on, changed on, taken off a roll
    "attempts/environment": "service",  # what the service is given
    "attempts/export": "store",  # attempts as Postgres has them
    "attempts/flush": "store",  # from the log of facts to rows
    "attempts/lives": "store",  # which life of Redis' data we speak to
    "attempts/loading": "service",  # attempts come to their desks
    "attempts/log": "store",  # the facts that are not durable yet
    "attempts/news": "service",  # what other processes' candidates must hear
    "attempts/op": "service",  # a command on its way through a desk
    "attempts/pending": "service",  # a result that somebody waits for
    "attempts/rebuilding": "service",  # attempts from Postgres back into Redis
    "attempts/records": "store",  # rows and facts in Postgres
    "attempts/replies": "service",  # from how a command ended to its ack
    "attempts/reviewing": "service",  # what connections hold is looked at again
    "attempts/roll": "store",  # the roll of an exam in Postgres
    "attempts/saving": "store",  # what a save is to Redis
    "attempts/scripts": "store",  # the Lua beside it
    "attempts/sweep": "service",  # closes what is due
    "attempts/wiring": "service",  # what a desk calls
    "attempts/writing": "store",  # one way for writes to Redis
    "events/deliveries": "store",  # webhooks, and what is on its way to them
    "monitor/follow": "service",  # who gets what of an exam that is watched here
    "monitor/following": "service",  # reads the feeds of such exams
    "monitor/keeping": "service",  # figures, the dead, the feeds' lives
    "monitor/publish": "service",  # the one way to the feeds
    "monitor/repair": "service",  # rows from Postgres
    "monitor/sweep": "service",  # the clockwork around the roster
    "results/proving": "store",  # what results can be computed from anew
    "results/showing": "store",  # what is released and listed
}

# layer -> the layers of ours that it may import, besides itself
BELOW = {
    "protocol": set[str](),
    "version": set(),
    "clock": set(),
    "errors": {"protocol"},
    "settings": {"errors", "protocol", "version"},
    "infra": {"clock", "errors", "protocol", "settings", "version"},
    "pure": {"errors", "protocol"},
    "store": {"clock", "errors", "infra", "protocol", "pure"},
    "service": {"clock", "errors", "infra", "protocol", "pure", "settings", "store"},
    "edge": {"clock", "errors", "infra", "protocol", "pure", "service", "settings", "version"},
    "devstack": set(),
    "app": {
        "clock", "edge", "errors", "infra", "protocol", "pure", "service", "settings", "store",
        "version",
    },
    "loadtest": {"protocol"},
}  # fmt: skip
TOP = {"cli", "tests"}  # may import everything of ours
ROOT_FILES = {
    "__init__": "version",
    "__main__": "cli",
    "admission": "app",
    "app": "app",
    "auditing": "app",
    "clock": "clock",
    "config": "settings",
    "errors": "errors",
    "restoring": "app",
    "rolls": "app",
    "settings": "settings",
    "sources": "settings",
    "starting": "app",
    "trusting": "settings",
    "web": "app",
    "wires": "app",
    "working": "app",
}

# What would make a pure file impure: input and output, clocks, chance, waiting.
IMPURE = {
    "aiohttp", "asyncio", "asyncpg", "engineio", "httpx", "logging", "os", "prometheus_client",
    "random", "redis", "secrets", "select", "signal", "socket", "socketio", "sqlite3", "starlette",
    "structlog", "subprocess", "tempfile", "threading", "time", "urllib", "uuid", "uvicorn",
    "uvloop", "websockets",
}  # fmt: skip


def layer_of(module: str) -> str:
    """The layer of a dotted module name of ours, or "" when it has no place in the drawing."""
    top, *rest = module.split(".")
    if top in ("protocol", "loadtest", "tests"):
        return top
    if top != "examsync":
        return ""
    first = rest[0] if rest else "__init__"
    if first in RANK:
        return counted(first, rest[1] if len(rest) > 1 else "__init__")
    if first in ("infra", "edge", "devstack", "cli"):
        return first
    return ROOT_FILES.get(first, "")


def counted(context: str, name: str) -> str:
    """The layer of a file (or folder) within a context."""
    if name in ("store", "service"):
        return name
    return COUNTS_AS.get(f"{context}/{name}", "pure")


def context_of(module: str) -> str | None:
    """The context a module belongs to, if any."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "examsync" and parts[1] in RANK else None


def module_of(path: PurePosixPath) -> str:
    """`examsync/bank/store.py` -> `examsync.bank.store`; a package's own file names the package."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(tree: ast.Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """Every imported module with its line; `from a import b` is `a.b` when that is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                yield node.lineno, inner if inner in known else origin


def wall_complaints(path: str, source: str, known: set[str]) -> list[str]:
    """Imports in one file that go the wrong way. `known`: the names of all modules of ours."""
    module = module_of(PurePosixPath(path))
    layer = layer_of(module)
    if not layer:
        return [f"{path}: has no layer; give it one in tests/law/layers.py."]
    if layer in TOP:
        return []
    return [
        f"{path}:{line}: {layer} must not import {target}{reason}."
        for line, target in imports(ast.parse(source), known)
        if (reason := wall(module, layer, target)) is not None
    ]


def wall(module: str, layer: str, target: str) -> str | None:
    """Why `module` must not import `target` ("" when the layers say it all); None when it may."""
    if target.startswith("."):
        return ": write the whole name"
    target_layer = layer_of(target)
    if not target_layer and not target.startswith("examsync"):
        return outside_wall(layer, target.partition(".")[0])
    if target_layer not in BELOW[layer] | {layer}:
        return ""
    return context_wall(module, target, target_layer)


def outside_wall(layer: str, package: str) -> str | None:
    """Rules about packages that are not ours."""
    if layer == "protocol" and package != "msgspec" and package not in sys.stdlib_module_names:
        return ": protocol stands on msgspec and the standard library"
    if layer == "pure" and package in IMPURE:
        return ": it is pure, so time, chance and the world are handed in"
    return None


def context_wall(module: str, target: str, target_layer: str) -> str | None:
    """Rules between contexts: downwards only, and never into another one's store."""
    here, there = context_of(module), context_of(target)
    if here is None or there is None or here == there:
        return None
    if target_layer == "store":
        return f": only {there}'s service may use its store"
    if RANK[there] >= RANK[here]:
        return f": {there} does not lie below {here}"
    return None

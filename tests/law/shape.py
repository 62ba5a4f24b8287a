"""How a file is shaped: its size, its names, its opening, and the calls that have one home."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40  # without its docstring
PARAMETERS_MAX = 5  # that may be given by position, self aside
COLUMNS_MAX = 100
BANNED_NAMES = {"base", "common", "helpers", "manager", "misc", "util", "utils"}

CLOCK_READS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
CLOCK_HOMES = ("examsync/clock.py", "examsync/devstack/", "loadtest/", "tests/")
KEYS_HOME = "examsync/infra/keys.py"
KEY_PREFIX = "examsync:"
METRICS_HOME = "examsync/infra/metrics.py"
EMIT_HOME = "examsync/edge/sockets/broadcast.py"
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def size_complaints(path: str, source: str) -> list[str]:
    """Files, lines and functions that are too long, functions with too many parameters."""
    lines = source.splitlines()
    found = [
        f"{path}:{number}: {len(line)} columns, at most {COLUMNS_MAX}."
        for number, line in enumerate(lines, 1)
        if len(line) > COLUMNS_MAX
    ]
    if len(lines) > FILE_LINES_MAX:
        found.append(f"{path}: {len(lines)} lines, at most {FILE_LINES_MAX}; split it by task.")
    return found


def function_complaints(path: str, source: str) -> list[str]:
    """Functions that are too long or take too much by position."""
    return [
        f"{path}:{function.lineno}: {function.name} {complaint}"
        for function in functions(ast.parse(source))
        for complaint in (too_long(function), too_many_parameters(function))
        if complaint
    ]


def functions(tree: ast.Module) -> Iterator[Function]:
    """All functions and methods, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def too_long(function: Function) -> str:
    """A complaint, or nothing. Decorators do not count; nor does the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return f"has {lines} lines, at most {FUNCTION_LINES_MAX}." * (lines > FUNCTION_LINES_MAX)


def too_many_parameters(function: Function) -> str:
    """A complaint, or nothing; those after a `*` are free, for they are named by the caller."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    count = len(names) - (names[:1] in (["self"], ["cls"]))
    return f"takes {count} by position, at most {PARAMETERS_MAX}." * (count > PARAMETERS_MAX)


def name_complaints(path: str) -> list[str]:
    """Modules and folders whose names say nothing."""
    parts = PurePosixPath(path).with_suffix("").parts
    return [
        f"{path}: '{part}' says nothing; name what it knows."
        for part in parts
        if part.lower() in BANNED_NAMES
    ]


def opening_complaints(path: str, source: str) -> list[str]:
    """Modules that do not say what they know."""
    if not source.strip() or ast.get_docstring(ast.parse(source)):
        return []
    return [f"{path}: open with a docstring: what it knows, who calls it."]


def home_complaints(path: str, source: str) -> list[str]:
    """Calls and imports that belong in one file, found elsewhere."""
    if not path.startswith(("examsync/", "protocol/")):
        return []
    return [
        f"{path}:{getattr(node, 'lineno', 0)}: {complaint}"
        for node in ast.walk(ast.parse(source))
        for complaint in (clock(path, node), key(path, node), metric(path, node), emit(path, node))
        if complaint
    ]


def clock(path: str, node: ast.AST) -> str:
    """A reading of the machine's clock: ours is the one clock."""
    if path.startswith(CLOCK_HOMES) or not isinstance(node, ast.Attribute):
        return ""
    owner = node.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    if (name, node.attr) not in CLOCK_READS:
        return ""
    return f"{name}.{node.attr} is read in examsync/clock.py only; take a Clock."


def key(path: str, node: ast.AST) -> str:
    """A Redis key made by hand."""
    text = node.value if isinstance(node, ast.Constant) else None
    if path == KEYS_HOME or not isinstance(text, str) or not text.startswith(KEY_PREFIX):
        return ""
    if text.startswith(f"{KEY_PREFIX} "):
        return ""  # a message of the command line
    return f"the key {text!r} is built in {KEYS_HOME} only."


def metric(path: str, node: ast.AST) -> str:
    """A metric declared away from the others."""
    names: list[str | None] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module]
    if path == METRICS_HOME or "prometheus_client" not in names:
        return ""
    return f"metrics are declared in {METRICS_HOME} only."


def emit(path: str, node: ast.AST) -> str:
    """A message sent past the one broadcast."""
    if path == EMIT_HOME or not isinstance(node, ast.Call):
        return ""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "emit":
        return ""
    return f".emit() is called in {EMIT_HOME} only."


def unfinished_complaints(path: str, text: str) -> list[str]:
    """Marks of work put off."""
    return [
        f"{path}:{number}: finish it or say why not, without '{found[1]}'."
        for number, line in enumerate(text.splitlines(), 1)
        if (found := UNFINISHED.search(line))
    ]

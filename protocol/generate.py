"""`python -m protocol.generate [--check]`: writes everything that is made from the Structs.

Into `protocol/generated/`: `asyncapi.json`, `schema/`, `examples/` (one file per message, by
channel and speaker) and `examsync.ts`. `--check` writes nothing and exits 1 if the tree is stale.
"""

import json
import sys
from difflib import unified_diff
from pathlib import Path
from typing import Any

import msgspec

from protocol import asyncapi, schema, typescript
from protocol.examples import examples
from protocol.messages import messages

TREE = Path(__file__).parent / "generated"
_DIFF_LINES_MAX = 40


def files() -> dict[str, str]:
    """The text of every generated file, by its path below `generated/`."""
    said = messages()
    shown = {path: msgspec.to_builtins(value) for path, value in examples().items()}
    made = {
        "asyncapi.json": _json(asyncapi.document(said, shown)),
        "examsync.ts": typescript.module(said),
    }
    for path, document in schema.documents(said).items():
        made[f"schema/{path}.json"] = _json(document)
    for path, value in shown.items():
        made[f"examples/{path}.json"] = _json(value)
    return made


def write(tree: Path = TREE) -> int:
    """Make `tree` hold exactly what is generated; returns how many files changed."""
    wanted, there = files(), _read(tree)
    for path in there.keys() - wanted.keys():
        (tree / path).unlink()
    changed = {path: text for path, text in wanted.items() if there.get(path) != text}
    for path, text in changed.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
    return len(changed) + len(there.keys() - wanted.keys())


def stale(tree: Path = TREE) -> list[str]:
    """What differs between `tree` and what would be generated, as lines to print."""
    wanted, there = files(), _read(tree)
    lines = [f"missing: {path}" for path in sorted(wanted.keys() - there.keys())]
    lines += [f"no longer made: {path}" for path in sorted(there.keys() - wanted.keys())]
    for path in sorted(wanted.keys() & there.keys()):
        if wanted[path] != there[path]:
            lines.append(f"stale: {path}")
            lines += _difference(there[path], wanted[path])
    return lines


def _difference(was: str, is_: str) -> list[str]:
    diff = [*unified_diff(was.splitlines(), is_.splitlines(), lineterm="", n=1)][2:]
    more = [f"  ... and {len(diff) - _DIFF_LINES_MAX} lines more"]
    return [f"  {line}" for line in diff[:_DIFF_LINES_MAX]] + more * (len(diff) > _DIFF_LINES_MAX)


def _read(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): path.read_text(encoding="utf-8")
        for path in tree.rglob("*")
        if path.is_file()
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0, 1 if `--check` found something, 2 for unknown arguments."""
    if arguments == ["--check"]:
        lines = stale()
        print("\n".join(lines) if lines else "protocol/generated is fresh")
        if lines:
            print("run: python -m protocol.generate", file=sys.stderr)
        return 1 if lines else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    print(f"protocol/generated: {write()} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

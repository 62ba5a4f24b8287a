"""A GIFT file to its blocks: one question each, between blank lines; comments and categories."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from examsync.bank.formats.gift_text import ESCAPE

_BRACE = re.compile(rf"{ESCAPE}|[{{}}]")
_SAID = re.compile(r"\[([a-z_]+):((?:\\.|[^\[\]\\])*)\]")
_CATEGORY = re.compile(r"\$CATEGORY:\s*(.*)", re.IGNORECASE)
_ROOT = re.compile(r"\$[a-z]+[0-9]*\$(?:/top(?=/|$))?/?|top(?:/|$)")
"""Where Moodle's categories hang: `$course$/top/`, `$module$/`, `$cat1$/`."""


class Block(Struct):
    """A question as it stands in the file, without comments; lines are set apart by one LF."""

    category: str
    line: int
    """Where it begins."""
    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The line of the file of each of `lines`."""
    said: dict[str, str] = field(default_factory=dict)
    """What comments say in brackets: `// [id:phy-001]`."""
    tags: list[str] = field(default_factory=list)
    gap: int = 0
    """A blank line within the braces; 0 if there is none."""
    last: bool = False
    """Does the file end here?"""

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)

    def place(self, at: int) -> tuple[int, str]:
        """The line and column (both counted from 1) of a character of `text`."""
        before = self.text[:at]
        row = before.count("\n")
        return self.numbers[row], str(at - (before.rfind("\n") + 1) + 1)


def blocks(text: str) -> Iterator[Block]:
    """Every question of a file, and every description."""
    splitter = _Splitter(re.split(r"\r\n|\r|\n", text))
    yield from splitter.blocks()


class _Splitter:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.category = ""
        self.block = Block("", 0)
        self.is_open = False
        self._closes = _closing(lines)

    def blocks(self) -> Iterator[Block]:
        for number, line in enumerate(self.lines, start=1):
            category = _CATEGORY.match(line.strip())
            if category or (not line.strip() and not self._goes_on(number)):
                yield from self._end()
            if category:
                self.category = _ROOT.sub("", category[1].strip(), count=1)
            elif line.strip().startswith("//"):
                self._comment(line)
            elif line.strip():
                self._line(number, line)
        self.block.last = True
        yield from self._end()

    def _end(self) -> Iterator[Block]:
        if self.block.lines:
            yield self.block
        self.block, self.is_open = Block(self.category, 0), False

    def _goes_on(self, number: int) -> bool:
        """Is this blank line within braces, which are closed before others are opened?"""
        inside = self.is_open and self._closes[number - 1]
        if inside:
            self.block.gap = self.block.gap or number
        return inside

    def _line(self, number: int, line: str) -> None:
        self.block.category = self.category
        self.block.line = self.block.line or number
        self.block.lines.append(line)
        self.block.numbers.append(number)
        for brace in _braces(line):
            self.is_open = brace == "{"

    def _comment(self, line: str) -> None:
        for name, raw in _SAID.findall(line):
            text = re.sub(r"\\(.)", lambda found: _unbracketed(found[1]), raw).strip()
            if name == "tag":
                self.block.tags.append(text)
            else:
                self.block.said[name] = text


def _unbracketed(char: str) -> str:
    return "\n" if char == "n" else char


def bracketed(name: str, text: str) -> str:
    """What a comment says, in brackets; read back by `blocks`."""
    escaped = re.sub(r"[\\\[\]]", r"\\\g<0>", text).replace("\n", "\\n")
    return f"[{name}:{escaped}]"


def _closing(lines: list[str]) -> list[bool]:
    """Of each line: is the first brace in it or after it a closing one?"""
    closing, found = False, []
    for line in reversed(lines):
        if not line.strip().startswith("//"):
            first = next(iter(_braces(line)), "")
            closing = first == "}" if first else closing
        found.append(closing)
    return found[::-1]


def _braces(line: str) -> list[str]:
    return [found for found in _BRACE.findall(line) if found in ("{", "}")]

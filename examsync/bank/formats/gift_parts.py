"""A block of GIFT to its parts: title, text before and after the braces, what is in them."""

from msgspec import Struct

from examsync.bank.formats.gift_blocks import Block
from examsync.bank.formats.gift_text import Piece, Texts, Unclear, joined_lines, unescape

_BLANK = "_____"
"""Where the answer belongs in a text that goes on after the braces (Moodle's "missing word")."""


class Parts(Struct, frozen=True):
    """`answers` is None for a text without braces, which Moodle calls a description."""

    title: str
    before: Piece
    answers: Piece | None
    after: Piece
    general: Piece | None
    """General feedback: what follows `####` within the braces."""

    def stem(self, texts: Texts) -> str:
        """The text of the question, with a blank if the braces are within it."""
        before = texts.stem(self.before)
        after = texts.read(self.after)
        if not after:
            return before
        return " ".join(filter(None, (before, f"{_BLANK}{self._gap}{after}")))

    @property
    def _gap(self) -> str:
        return " " if self.after.raw[:1].isspace() else ""


def parts_of(block: Block) -> Parts:
    """The parts. Raises Unclear if braces are not in order."""
    title, body = _title(Piece(block.text, 0))
    opened, closed = body.find("{"), body.find("}")
    if opened < 0 and closed < 0:
        return Parts(title, body, None, body.cut(len(body.raw)), None)
    if closed >= 0 and (opened < 0 or closed < opened):
        message = "a } without a { before it; a brace of the text is written \\}"
        raise Unclear("brace_unopened", message, body.at + closed)
    if closed < 0:
        raise _unclosed(block, body.at + opened)
    inside, after = body.cut(opened + 1, closed), body.cut(closed + 1)
    nested, other = inside.find("{"), after.find("{}")
    if nested >= 0:
        message = "a { within the braces; one of a text is written \\{ and \\}"
        raise Unclear("brace_nested", message, inside.at + nested)
    if other >= 0:
        message = (
            "braces for a second time; leave a blank line between two questions,"
            " and write a brace of the text \\{ or \\}"
        )
        raise Unclear("brace_twice", message, after.at + other)
    answers, general = inside.split("####")
    return Parts(title, body.cut(0, opened), answers, after, general)


def _unclosed(block: Block, at: int) -> Unclear:
    if block.last:
        message = "the file ends within these braces; is a part of it missing?"
        return Unclear("file_broken_off", message, at)
    message = "this { is not closed before the next question; add }, or write \\{"
    return Unclear("brace_unclosed", message, at)


def _title(body: Piece) -> tuple[str, Piece]:
    """`::title::`, if the block begins with one."""
    begins = len(body.raw) - len(body.raw.lstrip())
    if not body.raw.startswith("::", begins):
        return "", body
    title, rest = body.cut(begins + 2).split("::")
    if rest is None:
        return "", body
    return unescape(joined_lines(title.raw)), rest

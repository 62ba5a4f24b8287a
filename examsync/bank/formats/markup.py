"""HTML to plain text: our stems and options are shown as they are typed. Called by `gift_text`.

Read in one pass, in time linear in the text's length whatever it holds: the standard library's
parser needs minutes for 100 kB of `<a <a <a` and fails on a character number of 5,000 digits.
"""

import html as html_of_python
import re

_LINES = (
    *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
    *("section", "ul"),
)
_INLINE = (
    *("a", "abbr", "b", "body", "cite", "code", "em", "font", "head", "html", "i", "kbd", "mark"),
    *("q", "s", "samp", "small", "span", "strong", "title", "tt", "u", "wbr"),
)
_BLOCKS = frozenset({*_LINES, "table", "tr"})
_HARMLESS = frozenset({*_LINES, *_INLINE})
"""What plain text can do without. A link's address is not shown, as in a printed paper."""
_SILENT = frozenset(["script", "style"])
_WRITTEN = {"sup": "^", "sub": "_", "li": "- "}
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][^\s/<>"']*+)(?P<more>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>"""
)
"""No tag reaches over another `<`, so no part of a text is looked at for two tags."""
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{10,}|[xX][0-9a-fA-F]{10,});?")
"""Far beyond Unicode; Python refuses to read numbers of thousands of digits."""


def plain_text(html: str) -> tuple[str, set[str]]:
    """The text with its line breaks, and the names of elements that it cannot keep (img, sup)."""
    reader = _Reader(html)
    reader.read()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line), reader.lost


def _unescaped(text: str) -> str:
    return html_of_python.unescape(_NO_CHARACTER.sub("\ufffd", text))


class _Reader:
    """Collects what is to be read."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.parts: list[str] = []
        self.lost: set[str] = set()
        self._absent: set[str] = set()

    def read(self) -> None:
        """Text and markup in turn; a `<` that begins no markup is text."""
        at = 0
        while (opens := self.html.find("<", at)) >= 0:
            self._text(at, opens)
            at = self._markup(opens)
            if at == opens:
                self.parts.append("<")
                at += 1
        self._text(at, len(self.html))

    def _text(self, begins: int, ends: int) -> None:
        """Line breaks of the source are spaces."""
        self.parts.append(_unescaped(self.html[begins:ends]).replace("\n", " "))

    def _markup(self, at: int) -> int:
        """Where it ends; `at` if there is none."""
        tag = _TAG.match(self.html, at)
        if tag:
            name = tag["name"].lower()
            if tag["end"]:
                self._end(name)
                return tag.end()
            self._start(name, tag["more"])
            return self._past(f"</{name}", tag.end()) if name in _SILENT else tag.end()
        if self.html.startswith("<!--", at):
            return self._after("-->", at)
        if self.html.startswith("<![", at):  # CDATA and what word processors leave
            self.lost.add("![")
            return at
        return self._after(">", at) if self.html.startswith(("<!", "<?"), at) else at

    def _start(self, name: str, more: str) -> None:
        """A block begins a line; superscripts get their sign; pictures leave their description."""
        if name in _BLOCKS:
            self.parts.append("\n")
        self.parts.append(_WRITTEN.get(name, ""))
        alt = _ALT.search(more) if name == "img" else None
        if alt:
            self.parts.append(_unescaped(next(filter(None, alt.groups()), "")))
        if name not in _HARMLESS:
            self.lost.add(name)

    def _end(self, name: str) -> None:
        """A block ends its line; table cells are kept apart."""
        if name in _BLOCKS:
            self.parts.append("\n")
        elif name in ("td", "th"):
            self.parts.append(" ")

    def _past(self, closing: str, begins: int) -> int:
        """Where a script is closed; the end of the text if it is not."""
        found = re.compile(re.escape(closing), re.IGNORECASE).search(self.html, begins)
        return found.start() if found else len(self.html)

    def _after(self, what: str, at: int) -> int:
        """The place after `what`; `at` if there is none, which is looked for only once."""
        found = -1 if what in self._absent else self.html.find(what, at)
        if found < 0:
            self._absent.add(what)
            return at
        return found + len(what)

"""HTML to plain text: our stems and options are shown as they are typed. Called by `gift_text`."""

from html.parser import HTMLParser

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


def plain_text(html: str) -> tuple[str, set[str]]:
    """The text with its line breaks, and the names of elements that it cannot keep (img, sup)."""
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # the parser's word for a marked section it does not know: <![x[
        return html.strip(), {"!["}
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line), reader.lost


class _Reader(HTMLParser):
    """Collects what is to be read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lost: set[str] = set()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; superscripts get their sign; pictures leave their description."""
        if tag in _BLOCKS:
            self.parts.append("\n")
        self.parts.append(_WRITTEN.get(tag, ""))
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        if tag not in _HARMLESS:
            self.lost.add(tag)
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line; table cells are kept apart."""
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        """Text; line breaks of the source are spaces."""
        if self._silent <= 0:
            self.parts.append(" ".join(data.split("\n")))

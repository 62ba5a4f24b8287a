"""CSV cells that a spreadsheet would execute: guarded when written, bare again when read."""

import re
import unicodedata

_STARTS = frozenset("=+-@\t\r\n\x00|%")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def guarded(cell: str) -> str:
    """The cell with one apostrophe more before it if a spreadsheet might take it for a formula.

    Source: OWASP, "CSV Injection" (and ASVS 5.0, 1.2.10): cells that begin with = + - @, tab or
    carriage return; here also after white space and invisible characters, and in full width. A
    cell that is a number and nothing else is harmless. What begins with apostrophes and goes on
    like a formula gets one more too, so that `bare` can tell ours from the author's own.
    """
    if _PLAIN_NUMBER.fullmatch(cell) or not _would_run(cell.lstrip("'")):
        return cell
    return f"'{cell}"


def bare(cell: str) -> str:
    """The inverse of `guarded`."""
    if cell.startswith("'") and _would_run(cell.lstrip("'")):
        return cell[1:]
    return cell


def _would_run(text: str) -> bool:
    for char in unicodedata.normalize("NFKC", text):
        if char in _STARTS:
            return True
        if not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc"):
            return False
    return False

"""Bytes of a file to text, gently: what its first bytes say, UTF-8, else Windows-1252 by line."""

import codecs

from examsync.bank.report import PROBLEMS_MAX, RowProblem, Severity

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # Excel's "Unicode text"
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_TEXT = {
    b"PK\x03\x04": "This is a zip file, perhaps an Excel workbook",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook",
    b"%PDF": "This is a PDF",
    b"{\\rtf": "This is a document of a word processor",
    b"\x89PNG": "This is an image",
    b"\xff\xd8\xff": "This is an image",
    b"GIF8": "This is an image",
    b"\x1f\x8b": "This is a compressed file",
    b"SQLite": "This is a database",
}
_START_BYTES = 4_096
_CONTROLS = bytes({*range(32)} - {*b"\t\n\x0b\x0c\r\x1a\x1b"})
_CONTROLS_MIN = 5
_CONTROL_SHARE_MAX = 50
"""One of so many: texts have next to none, what is compressed has one of nine."""
_GUESSES_SHOWN = 20


def decode(data: bytes) -> tuple[str, list[RowProblem]]:
    """The text and what had to be assumed; an empty text if it cannot be read at all."""
    for start, name in _NOT_TEXT.items():
        if data.startswith(start):
            return _unreadable("not_text", f"{name}; save it as CSV (UTF-8) and import that")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _whole(data[len(mark) :], encoding)
    start = data[:_START_BYTES]
    high, low = start[::2].count(0), start[1::2].count(0)
    if (high + low) * 4 > len(start) and min(high, low) * 50 < len(start):
        return _whole(data, "utf-16-le" if low > high else "utf-16-be")  # without its mark
    return _whole(data, "utf-8")


def _whole(data: bytes, encoding: str) -> tuple[str, list[RowProblem]]:
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        if encoding != "utf-8":
            message = "the encoding cannot be made out; save the file as UTF-8"
            return _unreadable("encoding_unknown", message)
        if _is_binary(data[:_START_BYTES]):
            return _unreadable("not_text", "This is no text file; save it as CSV (UTF-8)")
        return _by_line(data)


def _is_binary(start: bytes) -> bool:
    controls = len(start) - len(start.translate(None, _CONTROLS))
    return controls >= _CONTROLS_MIN and controls * _CONTROL_SHARE_MAX > len(start)


def _by_line(data: bytes) -> tuple[str, list[RowProblem]]:
    """Files pasted together from several sources hold lines of several encodings."""
    texts, problems, guessed, unread = [], list[RowProblem](), 0, 0
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            texts.append(line.decode())
        except UnicodeDecodeError:
            text, problem = _guess(line, number)
            texts.append(text)
            bad = problem.severity is Severity.ERROR
            guessed, unread = guessed + (not bad), unread + bad
            if unread <= PROBLEMS_MAX if bad else guessed <= _GUESSES_SHOWN:
                problems.append(problem)
    if unread > PROBLEMS_MAX:
        message = f"{unread} lines in all have unreadable bytes; is this a text file?"
        problems.append(RowProblem(0, "", "byte_unreadable", message))
    if guessed > _GUESSES_SHOWN:
        message = f"{guessed} lines in all were not UTF-8; save the file as UTF-8 to be sure"
        problems.append(RowProblem(0, "", "encoding_guessed", message, Severity.WARNING))
    return "".join(texts), problems


def _guess(line: bytes, number: int) -> tuple[str, RowProblem]:
    try:
        text = line.decode("cp1252")
    except UnicodeDecodeError as error:
        message = f"byte 0x{line[error.start]:02x} is neither UTF-8 nor Windows-1252; retype it"
        problem = RowProblem(number, "", "byte_unreadable", message)
        return line.decode("cp1252", errors="replace"), problem
    odd = next(char for char in text if not char.isascii())
    message = f"not UTF-8; read as Windows-1252, which makes it {odd!r}: look at it"
    return text, RowProblem(number, "", "encoding_guessed", message, Severity.WARNING)


def _unreadable(code: str, message: str) -> tuple[str, list[RowProblem]]:
    return "", [RowProblem(0, "", code, message)]

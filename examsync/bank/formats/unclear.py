"""The one exception of reading a cell; the row's reader turns it into a problem of its report."""


class CellUnclear(Exception):
    """A cell that cannot be read, or not in one way only; the message says what to write."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

"""File formats of question banks. A format is a function from bytes to what was read and found."""

from collections.abc import Callable

from examsync.bank.formats import csv
from examsync.bank.formats.parsed import Parsed

FORMATS: dict[str, Callable[[bytes], Parsed]] = {"csv": csv.parse}

"""Numbers in the cells of a roll (pure): with a dot or a comma before the decimals, never guessed.

Spreadsheets of countries with a decimal comma write `1,25`, and `;` between the cells then.
"""

import re
from decimal import Decimal

from examsync.bank import number

CELL_CHARS_SHOWN = 20
_FIGURE = re.compile(r"\d{1,6}([.,]\d{1,6})?")


def read(text: str, among: tuple[Decimal, Decimal]) -> Decimal:
    """The number in a cell. Raises ValueError, whose words follow the cell's: `... is no number`.

    A comma before exactly three digits may part thousands as well: whoever wrote it has to say.
    """
    low, high = among
    if _FIGURE.fullmatch(text) is None:
        example = "write it as 1.25 or 1,25, without signs and units"
        raise ValueError(f"is no number from {low} to {high}; {example}")
    if number.ambiguous(text):
        either = f"{text.replace(',', '.')} or {text.replace(',', '')}"
        raise ValueError(f"could mean {either}; write the one you mean, without the comma")
    found = Decimal(text.replace(",", "."))
    if not low <= found <= high:
        raise ValueError(f"is no number from {low} to {high}")
    return found


def broken(cells: list[str], place: int) -> bool:
    """Whether a decimal comma seems to have cut the number at `place` in two: `1,25` unquoted."""
    pieces = [cell.strip() for cell in cells[place : place + 2]]
    return len(pieces) == 2 and all(piece.isdecimal() for piece in pieces)

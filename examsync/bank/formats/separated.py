r"""Several texts in one cell, set apart by a character that a backslash makes part of a text.

Read by `answers` and `row`, written by `csv_writing`. A backslash elsewhere is only a backslash, so
LaTeX stays as it is; of a run of them before a separator, two mean one (as in Windows' commands).
"""

import re
from collections.abc import Iterable


def separated(cell: str, separators: str) -> list[str]:
    """The trimmed texts of a cell, none empty; `separators` are the characters between them."""
    texts = [""]
    for backslashes, separator, other in re.findall(
        rf"(\\*)([{separators}])|(\\+|[^\\{separators}]+)", cell
    ):
        texts[-1] += other or backslashes[: len(backslashes) // 2]
        if separator and len(backslashes) % 2:
            texts[-1] += separator
        elif separator:
            texts.append("")
    return [text.strip() for text in texts if text.strip()]


def joined(texts: Iterable[str], separators: str) -> str:
    """The inverse of `separated`, with the first of the separators between the texts."""
    doubled = [re.sub(rf"(\\*)([{separators}])", r"\1\1\\\2", text) for text in texts]
    closed = [text + "\\" * (len(text) - len(text.rstrip("\\"))) for text in doubled[:-1]]
    return separators[0].join([*closed, *doubled[-1:]])

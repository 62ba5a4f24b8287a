"""GIFT, Moodle's text format for questions: every kind that we have, all problems at once.

`gift_blocks` finds the questions, `gift_reader` makes an entry of each. What GIFT cannot say stands
in comments, as Moodle's own `// [id:phy-001] [tag:waves]`: the brackets have the names of our CSV
columns (`[marks:4]`, `[section:Part I]`, `[shuffle:no]`). `gift_writing` writes all that.
"""

from examsync.bank.formats.collecting import Collected, too_large
from examsync.bank.formats.decoding import decode
from examsync.bank.formats.gift_blocks import blocks
from examsync.bank.formats.gift_reader import BlockReader
from examsync.bank.formats.parsed import Parsed
from examsync.bank.formats.resembling import resembling
from examsync.bank.report import RowProblem, Severity


def parse(data: bytes) -> Parsed:
    """Everything a GIFT file holds, and all that is wrong with it. Never raises for bad content.

    A problem's column counts the characters of its line from 1.
    """
    refusal = too_large(data)
    if refusal is not None:
        return refusal
    text, problems = decode(data)
    unread = bool(problems) and not text
    collected = Collected(problems)
    titles = feedback = 0
    for block in blocks(text):
        if not collected.count(block.line):
            break
        reader = BlockReader(block)
        entry = reader.read()
        problems += reader.problems
        if entry is not None:
            collected.take(block.line, entry, named=reader.named)
            titles, feedback = titles + reader.title_unused, feedback + reader.feedback_moved
    if collected.rows_read == 0 and not unread:
        problems.append(RowProblem(0, "", "file_empty", "there is no question in this file"))
    if not collected.rows:
        problems += resembling(text, "gift")
    problems += _told(titles, feedback)
    return collected.parsed()


def _told(titles: int, feedback: int) -> list[RowProblem]:
    """What was done with parts of GIFT that our questions do not have."""
    told = []
    if titles:
        message = f"titles left out: {titles}; // [id:...] above a question gives it its name"
        told.append(RowProblem(0, "", "titles_unused", message, Severity.INFO))
    if feedback:
        message = f"what is said about single answers is put in the explanation: {feedback} times"
        told.append(RowProblem(0, "", "feedback_moved", message, Severity.INFO))
    return told

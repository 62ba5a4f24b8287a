"""Which questions of a bank the sections of a new paper take (pure). Called by `bank.service`."""

from collections.abc import Iterator, Sequence

from examsync.bank.composition import Part
from examsync.bank.entry import Entry
from examsync.bank.question import kind_of
from examsync.bank.shuffle import Draws
from examsync.errors import ExamError
from protocol.http_papers import PaperSection
from protocol.problems import Code

NAMED_MAX = 5
"""Ids that a refusal repeats; the rest is counted."""
Pool = dict[str, Entry]
"""Questions that are in no section yet, by external_id, in the bank's order."""


def select(entries: Sequence[Entry], sections: Sequence[PaperSection], draws: Draws) -> list[Part]:
    """The parts of a paper, in the order of the sections; no question is in two of them.

    Questions that a section names are kept for it, whatever sections before it look for. Raises
    ExamError BAD_REQUEST for names that the bank does not have or that come twice, and for a
    section that finds too few questions, with how many there are.
    """
    pool = {entry.question.external_id: entry for entry in entries}
    named = _named(sections, pool)
    return [_part(section, _taken(section, pool, named, draws)) for section in sections]


def _part(section: PaperSection, entries: list[Entry]) -> Part:
    return Part(
        section.title,
        entries,
        section.marks,
        section.negative_marks,
        section.scheme,
        section.shuffle,
    )


def _named(sections: Sequence[PaperSection], pool: Pool) -> Pool:
    """What sections name, taken out of the pool."""
    names = [name for section in sections for name in section.questions]
    unknown = [name for name in names if name not in pool]
    if unknown:
        raise _refused(f"the bank has no question {_some(unknown)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _refused(f"a question is in a paper once; named twice: {_some(twice)}")
    return {name: pool.pop(name) for name in names}


def _taken(section: PaperSection, pool: Pool, named: Pool, draws: Draws) -> list[Entry]:
    if section.questions:
        if section.count or section.random or any(_filters(section)):
            raise _refused(f"section {section.title!r} names its questions; take the rest away")
        return [named[name] for name in section.questions]
    fitting = [name for name, entry in pool.items() if _fits(entry, section)]
    wanted = len(fitting) if section.count is None else section.count
    if not fitting or len(fitting) < wanted:
        found = f"{len(fitting)} questions of the bank fit and are in no section before"
        raise _refused(f"section {section.title!r} wants {section.count or 'some'}; {found}")
    if section.random:
        chosen = set(draws.shuffled(fitting)[:wanted])
        fitting = [name for name in fitting if name in chosen]
    return [pool.pop(name) for name in fitting[:wanted]]


def _fits(entry: Entry, section: PaperSection) -> bool:
    question = entry.question
    has = (entry.section, kind_of(question).value, question.topic, question.difficulty)
    if section.tag is not None and section.tag not in question.tags:
        return False
    asked = (section.section, section.kind, section.topic, section.difficulty)
    return all(want in (None, own) for want, own in zip(asked, has, strict=True))


def _filters(section: PaperSection) -> Iterator[bool]:
    asked = (section.section, section.kind, section.topic, section.difficulty, section.tag)
    yield from (each is not None for each in asked)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return ", ".join(map(repr, names[:NAMED_MAX])) + more


def _refused(detail: str) -> ExamError:
    return ExamError(Code.BAD_REQUEST, detail)

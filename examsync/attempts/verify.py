"""Does an attempt in Postgres say what its facts say, and are these the facts that were written?
(pure)

The facts of an attempt are a chain of keyed hashes, so whoever changes, removes, reorders or adds
one without the key is found; and the row, its responses and its commands are what the facts make
of an attempt, so a change there is found as well. What cannot be found from inside: a chain whose
end was cut off together with everything that came of it, and what is written with the key.

An erasure leaves the chain: of each fact before it where it stands, its kind and a digest. That
somebody took what a fact says without such a record is found.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct, structs

from examsync.attempts.attempt import Attempt, Done, Held, Seat, apply
from examsync.attempts.core import Core
from examsync.attempts.seal import fact_hash, genesis, kind_of
from protocol.erasure import Blanked, Erased
from protocol.facts import AnswerSaved, Fact


class StoredFact(Struct, frozen=True):
    """A fact's row: its text and the columns that repeat what the text says."""

    epoch: int
    n: int
    hash: str
    kind: str
    branch: bool
    text: str


class Evidence(Struct, frozen=True):
    """All that Postgres has of one attempt. `core` is the text of the column; `columns` are those
    that repeat what the core says."""

    attempt: str
    epoch: int
    n: int
    head: str
    core: str
    columns: dict[str, object]
    responses: dict[str, Held]
    commands: dict[str, Done]
    facts: list[StoredFact]
    salt: str = ""


class Finding(Struct, frozen=True):
    """Something about the `n`th fact of an attempt, or what came of it; n = 0: of no one fact."""

    attempt: str
    n: int
    what: str


class Verdict(Struct, frozen=True):
    """What was found wrong, and which facts stand aside of the chain as they may."""

    facts: int
    findings: list[Finding]
    branches: list[Finding]
    erasures: list[Finding] = []
    """What was erased by whom, as recorded: no findings either."""


Found = Iterator[tuple[int, str]]
_fact = msgspec.json.Decoder(Fact).decode
_core = msgspec.json.Decoder(Core).decode


def verify(key: bytes, evidence: Evidence) -> Verdict:
    """Everything that is wrong with one attempt, in the order of its facts."""
    main, aside, wrong = _read(key, evidence)
    wrong += _links(key, evidence, main)
    wrong += [found for fact in aside for found in _continues(evidence, fact)]
    wrong += _taken(evidence, main, aside)
    if not wrong:  # of a broken chain nobody can say what it should have led to
        wrong += _outcome(evidence, main)
    findings = [Finding(evidence.attempt, n, what) for n, what in sorted(wrong)]
    branches = [
        Finding(evidence.attempt, fact.n, f"a branch of epoch {fact.epoch}: {kind_of(fact)}")
        for fact in aside
    ]
    erasures = [found for fact in main for found in _told(fact)]
    return Verdict(len(evidence.facts), findings, branches, erasures)


def _read(key: bytes, evidence: Evidence) -> tuple[list[Fact], list[Fact], list[tuple[int, str]]]:
    """The facts of the chain by n, those aside, and what is wrong with any of them alone."""
    main: list[Fact] = []
    aside: list[Fact] = []
    wrong: list[tuple[int, str]] = []
    for stored in evidence.facts:
        try:
            fact = _fact(stored.text)
        except msgspec.MsgspecError:
            wrong.append((stored.n, "the fact cannot be read: it was changed"))
            continue
        wrong += _alone(key, evidence, stored, fact)
        (aside if stored.branch else main).append(fact)
    main.sort(key=lambda fact: fact.n)
    return main, aside, wrong


def _alone(key: bytes, evidence: Evidence, stored: StoredFact, fact: Fact) -> Found:
    """A fact by itself: its hash, its attempt, and the columns beside it."""
    if fact_hash(key, fact, evidence.salt) != fact.hash:
        yield fact.n, "the fact was changed: its hash is of something else"
    elif isinstance(fact.body, Blanked) and (fact.by or fact.command or fact.effect):
        yield fact.n, "something was written into a fact that was erased"
    if fact.attempt != evidence.attempt:
        yield fact.n, f"the fact is of another attempt, {fact.attempt}"
    columns = (stored.epoch, stored.n, stored.hash, stored.kind)
    if columns != (fact.epoch, fact.n, fact.hash, kind_of(fact)):
        yield fact.n, "the columns beside the fact say something else than the fact"


def _links(key: bytes, evidence: Evidence, main: list[Fact]) -> Found:
    """Whether every fact builds on the one before it, and the row on the last."""
    n, head, epoch = 0, genesis(key, evidence.attempt), 0
    for fact in main:
        if fact.n > n + 1:
            yield n + 1, f"{_missing(n + 1, fact.n - 1)} missing"
        elif fact.n <= n:
            yield fact.n, "there are two facts of this number"
        elif fact.prev != head:
            yield fact.n, "the fact does not build on the one before it"
        if fact.epoch < epoch:
            yield fact.n, f"the fact is of epoch {fact.epoch}, the one before it of {epoch}"
        n, head, epoch = fact.n, fact.hash, fact.epoch
    if n < evidence.n:
        yield n + 1, f"{_missing(n + 1, evidence.n)} missing"
    elif n > evidence.n:
        yield evidence.n + 1, f"the row ends before it, at {evidence.n}"
    elif head != evidence.head:
        yield n, "the row's head is not the hash of the last fact"
    if evidence.epoch < epoch:
        yield n, f"the row is of epoch {evidence.epoch}, its last fact of {epoch}"


def _missing(first: int, last: int) -> str:
    return f"fact {first} is" if first == last else f"facts {first} to {last} are"


def _continues(evidence: Evidence, fact: Fact) -> Found:
    """A fact set aside although it goes on where the chain ends, in an epoch that still counts."""
    if fact.prev == evidence.head and fact.epoch >= evidence.epoch:
        yield fact.n, "the fact was set aside although it continues the chain"


def _taken(evidence: Evidence, main: list[Fact], aside: list[Fact]) -> Found:
    """Whether what is missing of facts was erased as recorded, and all of that."""
    last = max((fact.n for fact in main if isinstance(fact.body, Erased)), default=0)
    for fact in main:
        gone = isinstance(fact.body, Blanked)
        if gone and fact.n > last:
            yield fact.n, "what the fact said was taken from it, and no erasure is recorded"
        elif not gone and fact.n < last and not isinstance(fact.body, Erased):
            yield fact.n, f"it was to be erased at {last} and is still there: erase it again"
    for fact in aside:
        if isinstance(fact.body, Blanked) and not last:
            yield fact.n, "what the fact said was taken from it, and no erasure is recorded"
        elif last and not isinstance(fact.body, Blanked):
            yield fact.n, f"it was to be erased at {last} and is still there: erase it again"


def _told(fact: Fact) -> Iterator[Finding]:
    """What an erasure says of itself."""
    if isinstance(fact.body, Erased):
        what = "name, answers and marks" if fact.body.scope == "person" else "answers"
        why = fact.body.reason or "no reason given"
        yield Finding(fact.attempt, fact.n, f"{what} erased at {fact.at} by {fact.by}: {why}")


def _outcome(evidence: Evidence, main: list[Fact]) -> Found:
    """Whether row, responses and commands are what the facts make of the attempt."""
    attempt = Attempt(evidence.attempt, Seat("", ""), 0, 0, "", Core(), {}, {})
    answered: dict[str, int] = {}
    for fact in main:
        attempt = apply(attempt, fact)
        if isinstance(fact.body, AnswerSaved):
            answered[fact.body.item] = fact.n
    yield from _row(evidence, attempt)
    for item in sorted(attempt.responses.keys() | evidence.responses.keys()):
        if evidence.responses.get(item) != attempt.responses.get(item):
            yield answered.get(item, 0), f"the response of {item} is not what the facts say"
    for id_ in sorted(attempt.commands.keys() | evidence.commands.keys()):
        said = attempt.commands.get(id_)
        if evidence.commands.get(id_) != said:
            yield said.n if said is not None else 0, f"the command {id_} is not what the facts say"


def _row(evidence: Evidence, attempt: Attempt) -> Found:
    """Whether the row's core, and the columns taken from it, are what the facts make of it."""
    try:
        core = structs.asdict(_core(evidence.core))
    except msgspec.MsgspecError:
        core = {}
    said = structs.asdict(attempt.core)
    differ = [name for name in said if core.get(name, ...) != said[name]]
    if differ:
        yield attempt.n, f"the row's core is not what the facts say: {', '.join(differ)}"
    wrong = [name for name, value in evidence.columns.items() if value != said[name]]
    if wrong:
        yield attempt.n, f"the row is not what the facts say: {', '.join(wrong)}"

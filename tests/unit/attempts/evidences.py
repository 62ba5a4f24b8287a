"""What Postgres has of an attempt after an honest flush, for tests of what is found when it is
changed."""

import msgspec
from msgspec import structs

from examsync.attempts import seal
from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.verify import Evidence, StoredFact, Verdict, verify
from protocol.facts import AnswerSaved, Body, Fact
from tests.builders import (
    CHAIN_KEY,
    SALT,
    attempt,
    fact,
    granted,
    kept,
    paused,
    reopened,
    resumed,
    saved,
    started,
    submitted,
)

BODIES: list[Body] = [
    granted(),
    started(),
    saved("q5", 1),
    paused(3),
    resumed(4),
    saved("q5", 2, "Hg"),
    saved("q1", 3, "a"),
    kept("q4", 4),
    submitted(),
    reopened(9),
    submitted(),
]


def chain(of: Attempt, *bodies: Body, epoch: int = 1) -> tuple[list[Fact], Attempt]:
    """Facts one on the other, and the attempt after them."""
    facts = []
    for body in bodies:
        plain = isinstance(body, AnswerSaved)
        command, effect = ("", "") if plain else ("c", '{"done":1}')
        facts.append(fact(of, body, command=command, effect=effect, epoch=epoch))
        of = apply(of, facts[-1])
    return facts, of


def stored(fact_: Fact, *, branch: bool = False) -> StoredFact:
    """A fact as its row has it."""
    kind = str(fact_.body.__struct_config__.tag)
    text = msgspec.json.encode(fact_).decode()
    return StoredFact(fact_.epoch, fact_.n, fact_.hash, kind, branch, text)


def evidence(facts: list[Fact], after: Attempt, *branches: Fact) -> Evidence:
    """What Postgres has after a flush of these facts."""
    core = after.core
    names = ("state", "started_at", "closed_at", "closes")
    return Evidence(
        after.id,
        after.epoch,
        after.n,
        after.head,
        msgspec.json.encode(core).decode(),
        {name: getattr(core, name) for name in names},
        dict(after.responses),
        dict(after.commands),
        [*map(stored, facts), *(stored(each, branch=True) for each in branches)],
        after.salt,
    )


FACTS, AFTER = chain(attempt(), *BODIES)
WHOLE = evidence(FACTS, AFTER)


def judged(changed: Evidence) -> Verdict:
    """The verdict, with the key of the installation."""
    return verify(CHAIN_KEY, changed)


def findings(changed: Evidence) -> list[tuple[int, str]]:
    """What is wrong, by the number of the fact."""
    verdict = judged(changed)
    assert all(finding.attempt == changed.attempt for finding in verdict.findings)
    return [(finding.n, finding.what) for finding in verdict.findings]


def with_facts(*facts: StoredFact, **changes: object) -> Evidence:
    """The evidence with these facts instead."""
    return structs.replace(WHOLE, facts=list(facts), **changes)


def resealed(changed: Fact, key: bytes = b"not the key") -> StoredFact:
    """A fact whose hash was made anew by somebody without the key."""
    return stored(structs.replace(changed, hash=seal.fact_hash(key, changed, SALT)))

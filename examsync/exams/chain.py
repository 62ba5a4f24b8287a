"""The chain of an exam's facts (pure): what was done to all at once is as tamper-evident as what
was done to each. The service seals; the audit looks.

Keyed BLAKE2b (RFC 7693), each fact over its own words and the hash of the one before it.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct, structs

from protocol.facts import ExamFact

HASH_BYTES = 16
_fact = msgspec.json.Decoder(ExamFact).decode
_encode = msgspec.json.encode


class Written(Struct, frozen=True):
    """A row of exam facts: the columns beside the text, and the text."""

    n: int
    id: str
    text: str


def key_of(order_key: bytes) -> bytes:
    """The key of the chains, from the one that orders questions: both are the exams' own."""
    return hashlib.blake2b(b"chains of exams", key=order_key, digest_size=32).digest()


def genesis(key: bytes, exam: str) -> str:
    """What the first fact of an exam builds on."""
    return _mac(key, b"exam genesis", exam.encode())


def sealed(key: bytes, fact: ExamFact, head: str) -> ExamFact:
    """The fact as it follows the one whose hash is `head`; "" if it is the first."""
    following = structs.replace(fact, prev=head or genesis(key, fact.exam))
    return structs.replace(following, hash=fact_hash(key, following))


def fact_hash(key: bytes, fact: ExamFact) -> str:
    """The keyed hash over everything in a fact but the hash itself."""
    said = (fact.exam, fact.n, fact.prev, fact.at, fact.by, fact.body)
    return _mac(key, b"exam fact", _encode(said))


def faults(key: bytes, exam: str, rows: Iterable[Written]) -> Iterator[tuple[int, str]]:
    """What is wrong with the facts of an exam, by their numbers. That the last ones are missing
    only anchors tell."""
    n, head = 0, genesis(key, exam)
    for row in sorted(rows, key=lambda row: row.n):
        if row.n > n + 1:
            yield n + 1, f"facts of the exam before {row.n} are missing"
        elif row.n <= n:
            yield row.n, "there are two facts of the exam of this number"
        try:
            fact = _fact(row.text)
        except msgspec.MsgspecError:
            yield row.n, "the exam's fact cannot be read: it was changed"
            n, head = row.n, ""
            continue
        if not fact.hash:
            yield row.n, "the exam's fact has no hash: an older version wrote it, or it was changed"
            n, head = row.n, genesis(key, exam)
            continue
        yield from ((row.n, what) for what in _alone(key, exam, row, fact))
        if row.n == n + 1 and fact.prev != head:
            yield row.n, "the exam's fact does not build on the one before it"
        n, head = row.n, fact.hash


def _alone(key: bytes, exam: str, row: Written, fact: ExamFact) -> Iterator[str]:
    if fact_hash(key, fact) != fact.hash:
        yield "the exam's fact was changed: its hash is of something else"
    if (fact.exam, fact.n, fact.body.id) != (exam, row.n, row.id):
        yield "the columns beside the exam's fact say something else than the fact"


def _mac(key: bytes, person: bytes, text: bytes) -> str:
    return hashlib.blake2b(text, key=key, digest_size=HASH_BYTES, person=person).hexdigest()

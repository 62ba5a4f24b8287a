"""Anchors (pure): how far each attempt's chain had come at some time, signed and kept elsewhere.

What no chain can tell by itself: that its end was cut off, or that it was written anew with the
key. Whoever keeps the anchors where the database's owner cannot reach finds both.
"""

import hashlib
import hmac
from collections.abc import Iterable

import msgspec
from msgspec import Struct, structs

from examsync.attempts.verify import Evidence, Finding

MAC_BYTES = 16


class BadAnchor(Exception):
    """A line of anchors that was not made here, or was changed."""


class Mark(Struct, frozen=True):
    """The last fact of one attempt, or of the exam as a whole: then `attempt` is its id."""

    attempt: str
    n: int
    hash: str


class Anchor(Struct, frozen=True):
    """All attempts of an exam at one time (ms since 1970); one line of a file of anchors."""

    exam: str
    at: int
    marks: list[Mark]
    seal: str = ""


def signed(key: bytes, exam: str, at: int, marks: list[Mark]) -> bytes:
    """A line. `key`: of anchors, derived from the installation's secret."""
    anchor = Anchor(exam, at, marks)
    return msgspec.json.encode(structs.replace(anchor, seal=_seal(key, anchor))) + b"\n"


def read(key: bytes, lines: Iterable[bytes]) -> list[Anchor]:
    """Anchors from the lines of a file. Raises BadAnchor, which names the line."""
    found = []
    for number, line in enumerate(lines, 1):
        try:
            anchor = msgspec.json.decode(line, type=Anchor)
        except msgspec.MsgspecError as error:
            raise BadAnchor(f"line {number} is no anchor: {error}") from error
        if not hmac.compare_digest(anchor.seal, _seal(key, anchor)):
            raise BadAnchor(
                f"line {number}: the seal does not fit; it was changed, or is another's"
            )
        found.append(anchor)
    return found


class Anchored:
    """What all anchors of one exam say, by attempt; tells what a chain lacks of it."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self._marks: dict[str, dict[int, tuple[str, int]]] = {}
        for anchor in anchors:
            for mark in anchor.marks:
                self._marks.setdefault(mark.attempt, {})[mark.n] = (mark.hash, anchor.at)
        self._unseen = set(self._marks)

    def findings(self, evidence: Evidence) -> list[Finding]:
        """What of an attempt is not as it was anchored."""
        hashes = {fact.n: fact.hash for fact in evidence.facts if not fact.branch}
        return self.compared(evidence.attempt, hashes)

    def compared(self, chain: str, hashes: dict[int, str]) -> list[Finding]:
        """The same of any chain, an exam's too: the hashes of its facts by number."""
        self._unseen.discard(chain)
        found = []
        for n, (hash_, at) in sorted(self._marks.get(chain, {}).items()):
            if n not in hashes:
                found.append(Finding(chain, n, f"gone, but it was anchored at {at}"))
            elif hashes[n] != hash_:
                what = f"another fact was anchored here at {at}: the chain was written anew"
                found.append(Finding(chain, n, what))
        return found

    def missing(self) -> list[Finding]:
        """Attempts that were anchored and of which nothing was seen; ask when all were."""
        return [
            Finding(attempt, 0, "the attempt is gone, but it was anchored")
            for attempt in sorted(self._unseen)
        ]


def _seal(key: bytes, anchor: Anchor) -> str:
    text = msgspec.json.encode((anchor.exam, anchor.at, anchor.marks))
    return hashlib.blake2b(text, key=key, digest_size=MAC_BYTES).hexdigest()

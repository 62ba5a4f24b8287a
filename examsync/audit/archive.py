"""An archive: one exam's attempts with all their facts, as lines of JSON that can be verified
without a database (pure). The last line counts and seals the ones before it."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator

import msgspec
from msgspec import Struct

from examsync.attempts.verify import Evidence
from examsync.bank.paper import Paper
from examsync.exams.chain import Written
from examsync.grading.ruling import Ruling
from examsync.results.row import Proof

VERSION = 1
MAC_BYTES = 16


class BadArchive(Exception):
    """A file that is no archive, or not all of one, or was changed; says the line."""

    def __init__(self, line: int, what: str) -> None:
        self.line = line
        super().__init__(f"line {line}: {what}" if line else what)


class Head(Struct, frozen=True, tag="exam", tag_field="line"):
    """The first line. `rulings`: by the number of the latest one, what stood then of each item.
    `facts`: what was done to the exam as a whole."""

    exam: str
    paper: Paper
    rulings: dict[int, dict[str, Ruling]]
    version: int = VERSION
    facts: list[Written] = []


class Kept(Struct, frozen=True, tag="attempt", tag_field="line"):
    """One attempt: its facts and what came of them, and what was given for it."""

    proof: Proof
    evidence: Evidence


class End(Struct, frozen=True, tag="end", tag_field="line"):
    """The last line: how many attempts there are, and the keyed hash of all before it."""

    attempts: int
    seal: str


Line = Head | Kept | End
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Line).decode


async def lines(key: bytes, head: Head, attempts: AsyncIterator[Kept]) -> AsyncIterator[bytes]:
    """The archive, line by line. `key`: of archives, derived from the installation's secret."""
    mac, count = _mac(key), 0
    yield _sealed(mac, head)
    async for kept in attempts:
        count += 1
        yield _sealed(mac, kept)
    yield _encode(End(count, mac.hexdigest())) + b"\n"


def read(key: bytes, text: Iterable[bytes]) -> Iterator[Head | Kept]:
    """What an archive holds, its head first. Raises BadArchive, in the end at the latest."""
    mac, count, number, end = _mac(key), 0, 0, None
    for number, raw in enumerate(text, 1):
        if end is not None:
            raise BadArchive(number, "there is something after the end")
        line = _line(raw, number)
        if isinstance(line, Head) is not (number == 1):
            raise BadArchive(number, "an archive has one head, in its first line")
        if isinstance(line, End):
            end = line
            continue
        mac.update(raw.rstrip(b"\r\n"))
        count += isinstance(line, Kept)
        yield line
    if end is None:
        raise BadArchive(number, "the end is missing: the file was cut off")
    if end.attempts != count:
        raise BadArchive(number, f"it ends after {end.attempts} attempts, but there are {count}")
    if end.seal != mac.hexdigest():
        raise BadArchive(number, "the seal does not fit: something in the file was changed")


def _line(raw: bytes, number: int) -> Line:
    try:
        line: Line = _decode(raw)
    except msgspec.MsgspecError as error:
        raise BadArchive(number, f"this is no line of an archive: {error}") from error
    if isinstance(line, Head) and line.version != VERSION:
        raise BadArchive(number, f"version {line.version} is not read here; {VERSION} is")
    return line


def _mac(key: bytes) -> "hashlib.blake2b":
    return hashlib.blake2b(key=key, digest_size=MAC_BYTES)


def _sealed(mac: "hashlib.blake2b", line: Head | Kept) -> bytes:
    text = _encode(line)
    mac.update(text)
    return text + b"\n"

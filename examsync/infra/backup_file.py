"""The form of a backup: frames of a line of JSON and the bytes that it announces, compressed; the
last frame seals all before it with a key (pure). `backup` writes it, `restoring` reads it.

A file of our own because it needs nothing but Python, restores into any version of Postgres, and
is told apart from one that was cut off, damaged, or made by another installation.
"""

import gzip
import hashlib
import hmac
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
from msgspec import Struct

FORMAT = 1
LEVEL = 1
"""Of compression: a backup must leave the processor to the exam."""
MAC_BYTES = 32
LINE_BYTES_MAX = 1_048_576
CHUNK_BYTES_MAX = 64 * 1_048_576
"""No frame is longer: what says otherwise is no backup."""


class BadBackup(Exception):
    """A file that is no backup, or not all of one, or of another installation."""


class Begin(Struct, frozen=True, tag="backup", tag_field="frame"):
    """The first frame. `key`: which secret seals it; `migrations`: what the database had."""

    key: str
    at: int
    program: str
    migrations: list[str]
    format: int = FORMAT


class Table(Struct, frozen=True, tag="table", tag_field="frame"):
    """Rows of this table follow, in these columns, as text of COPY."""

    name: str
    columns: list[str]


class Rows(Struct, frozen=True, tag="rows", tag_field="frame"):
    """So many bytes follow, of the table named last; a row may end in a later frame."""

    size: int


class End(Struct, frozen=True, tag="end", tag_field="frame"):
    """The last frame: rows by table, the numbers that sequences have reached, and the seal."""

    rows: dict[str, int]
    sequences: dict[str, int]
    seal: str = ""


Frame = Begin | Table | Rows | End
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Frame).decode


def key_name(key: bytes) -> str:
    """What tells keys apart, and nothing of the key."""
    return hashlib.blake2b(b"which key", key=key, digest_size=8).hexdigest()


class Writer:
    """Writes frames, in order; `end` is the last."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._out = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0)
        self._mac = hashlib.blake2b(key=key, digest_size=MAC_BYTES)

    def frame(self, frame: Begin | Table) -> None:
        """A frame without bytes."""
        self._put(_encode(frame) + b"\n")

    def rows(self, chunk: bytes) -> None:
        """Bytes of the table named last."""
        for start in range(0, len(chunk), CHUNK_BYTES_MAX):
            part = chunk[start : start + CHUNK_BYTES_MAX]
            self._put(_encode(Rows(len(part))) + b"\n")
            self._put(part)

    def end(self, rows: dict[str, int], sequences: dict[str, int]) -> None:
        """The seal."""
        self._mac.update(_encode((rows, sequences)))
        self._out.write(_encode(End(rows, sequences, self._mac.hexdigest())) + b"\n")
        self._out.close()

    def _put(self, raw: bytes) -> None:
        self._mac.update(raw)
        self._out.write(raw)


def read(file: BinaryIO, key: bytes) -> Iterator[tuple[Frame, bytes]]:
    """The frames with their bytes. Raises BadBackup, in the end at the latest: whoever restores
    reads it once to know, and once more to restore."""
    mac = hashlib.blake2b(key=key, digest_size=MAC_BYTES)
    first = True
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as source:
            while line := source.readline(LINE_BYTES_MAX):
                if not line.endswith(b"\n"):
                    break
                frame = _decode(line)
                if isinstance(frame, Begin) is not first:
                    raise BadBackup("it does not begin as a backup does")
                first = False
                if isinstance(frame, End):
                    _check(mac, frame, source.read(1))
                    yield frame, b""
                    return
                body = _body(source, frame)
                mac.update(line)
                mac.update(body)
                _known(frame, key)
                yield frame, body
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise BadBackup(f"it cannot be read: {error}") from error
    raise BadBackup("the end is missing: the file was cut off")


def _body(source: gzip.GzipFile, frame: Frame) -> bytes:
    if not isinstance(frame, Rows):
        return b""
    if not 0 <= frame.size <= CHUNK_BYTES_MAX:
        raise BadBackup("a frame is longer than any that is written")
    body = source.read(frame.size)
    if len(body) != frame.size:
        raise BadBackup("the end is missing: the file was cut off")
    return body


def _known(frame: Frame, key: bytes) -> None:
    if not isinstance(frame, Begin):
        return
    if frame.format != FORMAT:
        raise BadBackup(f"its format is {frame.format}; this program reads {FORMAT}")
    if frame.key != key_name(key):
        raise BadBackup(
            "it was made with another auth.receipt_secret, without which no receipt "
            "and no chain of it can be checked"
        )


def _check(mac: "hashlib.blake2b", end: End, more: bytes) -> None:
    mac.update(_encode((end.rows, end.sequences)))
    if more or not hmac.compare_digest(mac.hexdigest(), end.seal):
        raise BadBackup("the seal does not fit: the file was damaged or changed")

"""The form of a backup: what was written is read, and nothing else is."""

import gzip
import io

import pytest

from examsync.infra import backup_file
from examsync.infra.backup_file import BadBackup, Begin, End, Frame, Rows, Table, Writer, read

KEY = b"of backups"
BEGIN = Begin(backup_file.key_name(KEY), 1, "0.1", ["0001_first"])
TABLE = Table("facts", ["n", "fact"])
ROWS = b"1\tone\n2\ttwo\n"


def written(key: bytes = KEY, begin: Begin = BEGIN, rows: bytes = ROWS) -> bytes:
    file = io.BytesIO()
    out = Writer(file, key)
    out.frame(begin)
    out.frame(TABLE)
    out.rows(rows)
    out.end({"facts": 2}, {"facts_seq": 7})
    return file.getvalue()


def frames(raw: bytes, key: bytes = KEY) -> list[tuple[Frame, bytes]]:
    return list(read(io.BytesIO(raw), key))


def test_what_was_written_is_read() -> None:
    begin, table, rows, (end, _) = frames(written())
    assert begin == (BEGIN, b"")
    assert table == (TABLE, b"")
    assert rows == (Rows(len(ROWS)), ROWS)
    assert isinstance(end, End)
    assert (end.rows, end.sequences) == ({"facts": 2}, {"facts_seq": 7})


def test_many_rows_are_many_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "CHUNK_BYTES_MAX", 5)
    bodies = [body for frame, body in frames(written()) if isinstance(frame, Rows)]
    assert b"".join(bodies) == ROWS
    assert max(map(len, bodies)) == 5


def test_the_same_database_gives_the_same_file() -> None:
    assert written() == written()


def test_every_byte_that_is_changed_or_left_out_is_found() -> None:
    plain = gzip.decompress(written())
    for at in range(len(plain)):
        for broken in (plain[:at], plain[:at] + bytes([plain[at] ^ 1]) + plain[at + 1 :]):
            with pytest.raises(BadBackup):
                frames(gzip.compress(broken, 0))


def test_a_file_that_was_cut_off_or_never_was_one_is_refused() -> None:
    raw = written()
    for broken in (b"", b"PK\x03\x04", raw[:10], raw[: len(raw) // 2]):
        with pytest.raises(BadBackup):
            frames(broken)


def test_another_secret_and_another_format_are_named() -> None:
    with pytest.raises(BadBackup, match=r"auth\.receipt_secret"):
        frames(written(), b"of another")
    newer = Begin(BEGIN.key, 1, "9.0", [], format=2)
    with pytest.raises(BadBackup, match="format is 2"):
        frames(written(begin=newer))


def test_a_seal_without_the_key_is_worth_nothing() -> None:
    forged = Begin(BEGIN.key, 1, "0.1", ["0001_first"])
    with pytest.raises(BadBackup, match="seal"):
        frames(written(b"not the key", forged))

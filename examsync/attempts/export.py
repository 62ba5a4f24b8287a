"""The attempts of an exam as Postgres has them: what tools reconcile against. Read in pages."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from examsync.attempts.records import PostgresRecords
from protocol.http import ExportedAttempt, ExportedKept, ExportedResponse
from protocol.types import AttemptState, Grading

PAGE = 200

_responses = msgspec.json.Decoder(dict[str, ExportedResponse]).decode
_kept = msgspec.json.Decoder(list[ExportedKept]).decode


async def export(records: PostgresRecords, exam: str) -> AsyncIterator[ExportedAttempt]:
    """Every attempt of an exam, by id. Raises Unavailable."""
    after = ""
    while page := await records.fetch("export_attempts", exam, after, PAGE):
        for row in page:
            yield exported(row)
        after = page[-1]["id"]


def exported(row: Any) -> ExportedAttempt:
    """One attempt from its row."""
    return ExportedAttempt(
        attempt=row["id"],
        exam=row["exam"],
        candidate=row["candidate"],
        state=AttemptState(row["state"]),
        rev=(row["epoch"], row["n"]),
        responses=_responses(row["responses"] or b"{}"),
        name=row["name"],
        hall=row["hall"],
        group=row["group"],
        started_at=row["started_at"],
        closed_at=row["closed_at"],
        close=row["reason"] or "",
        grading=Grading(row["grading"]),
        kept=_kept(row["kept"] or b"[]"),
        violations=row["violations"] or [],
    )

"""The attempts of an exam as Postgres has them: what tools reconcile against. Read in pages."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from examsync.attempts.records import PostgresRecords
from protocol.facts import (
    Absent,
    AnswerKept,
    Body,
    Expired,
    Fact,
    Submitted,
    Terminated,
    ViolationReported,
)
from protocol.http import ExportedAttempt, ExportedKept, ExportedResponse
from protocol.types import CLOSED_STATES, AttemptState, Grading

PAGE = 200
UNRESUMED = "unresumed"
"""How an attempt ended whose clock still stood when the exam was over."""

_responses = msgspec.json.Decoder(dict[str, ExportedResponse]).decode
_fact = msgspec.json.Decoder(Fact).decode


async def export(records: PostgresRecords, exam: str) -> AsyncIterator[ExportedAttempt]:
    """Every attempt of an exam, by id. Raises Unavailable."""
    after = ""
    while page := await records.fetch("export_attempts", exam, after, PAGE):
        for row in page:
            yield exported(row)
        after = page[-1]["id"]


def exported(row: Any) -> ExportedAttempt:
    """One attempt from its row."""
    bodies = [_fact(text).body for text in row["facts"] or []]
    state = AttemptState(row["state"])
    return ExportedAttempt(
        attempt=row["id"],
        exam=row["exam"],
        candidate=row["candidate"],
        state=state,
        rev=(row["epoch"], row["n"]),
        responses=_responses(row["responses"] or b"{}"),
        name=row["name"],
        hall=row["hall"],
        group=row["group"],
        started_at=row["started_at"],
        closed_at=row["closed_at"],
        close=how_ended(bodies) if state in CLOSED_STATES else "",
        grading=Grading(row["grading"]),
        kept=[kept(body) for body in bodies if isinstance(body, AnswerKept)],
        violations=[body.id for body in bodies if isinstance(body, ViolationReported)],
    )


def how_ended(bodies: list[Body]) -> str:
    """The reason somebody gave for the last close; without one, what closed it."""
    for body in reversed(bodies):
        match body:
            case Submitted() | Terminated():
                return body.reason or str(body.__struct_config__.tag)
            case Expired(unresumed=True):
                return UNRESUMED
            case Expired() | Absent():
                return str(body.__struct_config__.tag)
            case _:
                continue
    return ""


def kept(body: AnswerKept) -> ExportedKept:
    """An answer that does not count."""
    return ExportedKept(body.item, body.response, body.lease, body.seq, body.arrived, body.why)

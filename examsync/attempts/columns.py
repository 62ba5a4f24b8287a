"""Attempts' rows and columns: between what SQL gives and takes and what Python holds."""

import sys
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from examsync.attempts.attempt import Attempt, Done, Held, Seat, command_key, done, held
from examsync.attempts.core import Core
from examsync.attempts.ports import Placement
from examsync.attempts.verify import Evidence, StoredFact
from protocol.facts import AnswerSaved, Fact
from protocol.types import Grading

_json = msgspec.json.Encoder().encode
_core = msgspec.json.Decoder(Core).decode


class Overview(Struct, frozen=True):
    """An attempt as Postgres has it, its responses only counted. Of two readings the one with the
    higher `change` is the later; that of an attempt which was changed is never the same."""

    attempt: Attempt
    grading: Grading
    change: int
    answered: int
    flagged: int
    late: int
    saved_at: int | None


def overview_of(row: Any) -> Overview:
    """An attempt from its row and the counts beside it."""
    rev = (row["epoch"], row["n"])
    core = _core(row["core"])
    attempt = Attempt(row["id"], seat_of(row), *rev, row["head"], core, {}, {}, rev)
    counts = (row["answered"], row["flagged"], row["late"], row["saved_at"])
    return Overview(attempt, Grading(row["grading"]), row["change"], *counts)


def seat_of(row: Any) -> Seat:
    """The registration in an attempt's row."""
    return Seat(
        row["exam"],
        row["candidate"],
        row["name"],
        row["hall"],
        row["group"],
        row["factor_permille"],
        row["extension_ms"],
    )


def rebuilt(
    rows: list[Any], epochs: Mapping[str, int], responses: list[Any], commands: list[Any]
) -> dict[str, Attempt]:
    """Attempts by id, each of its epoch, from their rows and those of all they hold."""
    held: dict[str, dict[str, Held]] = {row["id"]: {} for row in rows}
    done: dict[str, dict[str, Done]] = {row["id"]: {} for row in rows}
    for row in responses:
        held[row["attempt"]][sys.intern(row["item"])] = held_of(row)
    for row in commands:
        done[row["attempt"]][row["id"]] = done_of(row)
    found = {}
    for row in rows:
        id_, n = row["id"], row["n"]
        epoch, core = epochs[id_], _core(row["core"])
        found[id_] = Attempt(
            id_, seat_of(row), epoch, n, row["head"], core, held[id_], done[id_], (epoch, n),
            row["salt"],
        )  # fmt: skip
    return found


def held_of(row: Any) -> Held:
    """A response from its row."""
    return Held(
        row["lease"],
        row["seq"],
        row["digest"],
        msgspec.json.decode(row["response"]),
        row["arrived"],
        row["late"],
        row["flag"],
        row["spent_ms"],
    )


def done_of(row: Any) -> Done:
    """A command that had its effect, from its row."""
    return Done(row["kind"], row["effect"], row["n"])


def evidence_of(id_: str, row: Any, parts: tuple[Any, Any, Any]) -> Evidence:
    """All there is of an attempt, from its row and the rows of its responses, commands, facts."""
    responses, commands, facts = parts
    names = ("epoch", "n", "hash", "kind", "branch", "fact")
    return Evidence(
        id_,
        row["epoch"],
        row["n"],
        row["head"],
        row["core"],
        {name: row[name] for name in ("state", "started_at", "closed_at", "closes")},
        {r["item"]: held_of(r) for r in responses},
        {r["id"]: done_of(r) for r in commands},
        [StoredFact(*(r[name] for name in names)) for r in facts],
        row["salt"],
    )


def fact_columns(facts: list[Fact]) -> list[list[Any]]:
    """Facts as columns for unnest."""
    return [
        [f.attempt for f in facts],
        [f.epoch for f in facts],
        [f.n for f in facts],
        [f.hash for f in facts],
        [f.body.__struct_config__.tag for f in facts],
        [_json(f).decode() for f in facts],
    ]


def latest_answers(facts: list[Fact]) -> dict[tuple[str, str], Held]:
    """The newest response per attempt and item: one row may be changed only once a statement."""
    latest: dict[tuple[str, str], Held] = {}
    for fact in facts:
        if isinstance(fact.body, AnswerSaved):
            response = held(fact.body)
            stands = latest.get((fact.attempt, fact.body.item))
            if stands is None or stands.version < response.version:
                latest[fact.attempt, fact.body.item] = response
    return latest


def response_columns(answers: dict[tuple[str, str], Held]) -> list[list[Any]]:
    """Responses as columns for unnest."""
    rows = [(*key, answers[key]) for key in sorted(answers)]
    return [
        [attempt for attempt, _, _ in rows],
        [item for _, item, _ in rows],
        [h.lease for _, _, h in rows],
        [h.seq for _, _, h in rows],
        [h.digest for _, _, h in rows],
        [_json(h.response).decode() for _, _, h in rows],
        [h.arrived for _, _, h in rows],
        [h.late for _, _, h in rows],
        [h.flag for _, _, h in rows],
        [h.spent_ms for _, _, h in rows],
    ]


def latest_commands(facts: list[Fact]) -> dict[tuple[str, str], Done]:
    """What repeats will be told, per attempt and command: a join may wait first and then be
    granted, and of the two facts the later one counts."""
    latest: dict[tuple[str, str], Done] = {}
    for fact in facts:
        key = command_key(fact)
        if key is not None:
            latest[fact.attempt, key] = done(fact)
    return latest


def command_columns(commands: dict[tuple[str, str], Done]) -> list[list[Any]]:
    """What repeats of commands will be told, as columns for unnest."""
    dones = list(commands.values())
    return [
        [attempt for attempt, _ in commands],
        [key for _, key in commands],
        [d.kind for d in dones],
        [d.effect for d in dones],
        [d.n for d in dones],
    ]


def row_columns(placement: Placement) -> list[list[Any]]:
    """Rows as of their last fact, as columns for unnest."""
    saved: dict[str, int] = {}
    for fact in placement.main:
        if isinstance(fact.body, AnswerSaved):
            saved[fact.attempt] = fact.at
    ids = sorted(placement.rows)
    rows = [placement.rows[id_] for id_ in ids]
    return [
        ids,
        [r.epoch for r in rows],
        [r.n for r in rows],
        [r.head for r in rows],
        [_json(r.core).decode() for r in rows],
        [str(r.core.state) for r in rows],
        [r.core.started_at for r in rows],
        [r.core.closed_at for r in rows],
        [r.core.closes for r in rows],
        [saved.get(id_) for id_ in ids],
    ]

"""What a save or a check is to Redis, and what the replies mean (no I/O).

On the path of every answer. `save.lua` says in which order it takes what is built here.
"""

import functools
from collections.abc import Sequence

import msgspec

from examsync.attempts import scripts
from examsync.attempts.attempt import command_key, standing
from examsync.attempts.ports import Check, Outcome, Save
from examsync.infra import keys
from examsync.infra.redis import Command, Reply
from protocol.facts import AnswerSaved

CHECK_REPLIES = 3

_json = msgspec.json.Encoder().encode


def save_command(save: Save) -> Command:
    """The one script call that writes a fact."""
    life, before, after = save.life, save.before, save.after
    p, id_ = life.p, after.id
    epoch, log, due = _names(p)
    return (
        *_CALL,
        epoch,
        keys.attempt(p, life.epoch, id_),
        log,
        due,
        life.text,
        f"{before.n}:{before.head}",
        f"{after.n}:{after.head}",
        _json(save.fact),
        save.due,
        id_,
        *changed_fields(save),
    )


_CALL = scripts.SAVE.call(["epoch", "attempt", "log", "due"], [])[:3]
"""How a call of the script begins: its name, and how many keys there are."""


@functools.cache
def _names(p: int) -> tuple[str, str, str]:
    return keys.epoch(p), keys.log(p), keys.due(p)


def changed_fields(save: Save) -> Sequence[str | bytes]:
    """The hash's fields that a fact changes, with their values."""
    fact, after = save.fact, save.after
    body = fact.body
    if type(body) is AnswerSaved:  # it changes nothing else
        return f"r:{body.item}", _json(standing(body))
    fields: list[str | bytes] = []
    if after.core is not save.before.core:
        fields += ["core", _json(after.core)]
    key = command_key(fact)
    if key is not None:  # perhaps one that was there: a join that had to wait keeps its id
        fields += [f"c:{key}", _json(after.commands[key])]
    return fields


def save_outcome(reply: Reply) -> Outcome:
    """What the save script's reply means."""
    if isinstance(reply, Exception):
        text = str(reply)
        full = "OOM" in text or "maxmemory" in text
        return Outcome.FULL if full else Outcome.REFUSED
    return _SAVED.get(reply, Outcome.UNKNOWN)


_SAVED = {b"ok": Outcome.OK, b"head": Outcome.HEAD, b"life": Outcome.LIFE}


def check_commands(check: Check) -> list[Command]:
    """What a reply that writes nothing compares before it is given."""
    p = check.life.p
    return [
        ("GET", keys.epoch(p)),
        ("HGET", keys.attempt(p, check.life.epoch, check.attempt.id), "head"),
        ("GET", keys.exam_n(check.attempt.seat.exam)),
    ]


def check_outcome(check: Check, replies: list[Reply]) -> Outcome:
    """Whether what was decided on still stands."""
    life, head, exam_n = replies
    if any(isinstance(reply, Exception) for reply in replies):
        return Outcome.REFUSED
    if life is None or life.decode() != check.life.text:
        return Outcome.LIFE
    if head is None or head.decode() != head_text(check.attempt.n, check.attempt.head):
        return Outcome.HEAD
    if exam_n is None or int(exam_n) > check.exam_n:
        return Outcome.EXAM
    return Outcome.OK


def head_text(n: int, head: str) -> str:
    """The `head` field: which fact is the last, and its hash."""
    return f"{n}:{head}"

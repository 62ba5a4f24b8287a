"""Every kind of command that leaves a process, and what can befall it: the cells that a run of the
simulation has to hit (pure). `strikes` does it, `coverage` counts and prints it.

A point is `<where> <what>`. A test compares the points with the product's own scripts and queries.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from examsync.attempts import scripts
from protocol.from_server import EVENTS_TO_CANDIDATE
from tests.simulation import memory_feeds

CRASH_BEFORE, CRASH_AFTER = "crash before", "crash after"
"""The sender dies: before its command is carried out, or after."""
LOST_BEFORE, LOST_AFTER = "lost before", "lost after"
"""The way breaks: the request is lost, or the reply to what was done."""
LATE_BEFORE, LATE_AFTER = "late before", "late after"
"""Carried out after the sender's time ran out; or in time, and the reply comes after it."""
TWICE = "twice"
"""Carried out twice in a row; the sender hears of the second."""
HELD = "held"
"""The sender stands still for a while just before its command leaves, and then goes on."""
UNDONE = "undone"
"""Carried out and answered; then the machine comes back as it was just before."""

ANSWERED = (CRASH_BEFORE, CRASH_AFTER, LOST_BEFORE, LOST_AFTER, LATE_BEFORE, LATE_AFTER, TWICE)
FROM_SERVERS = (*ANSWERED, HELD)
FAULTS = (*FROM_SERVERS, UNDONE)
TOLD = (LOST_BEFORE, LATE_BEFORE, TWICE)
"""What can befall a message that nobody answers."""

SCRIPTS: Mapping[str, str] = {
    scripts.SAVE.sha: "save.lua",
    scripts.CREATE.sha: "create.lua",
    scripts.FINISH.sha: "finish.lua",
    scripts.BEGIN.sha: "begin.lua",
    scripts.RETIRE.sha: "retire.lua",
    scripts.FORGET.sha: "forget.lua",
}
REDIS = (
    *SCRIPTS.values(),
    "raise.lua",
    "INFO",
    "SCRIPT LOAD",
    "GET epoch",
    "GET n",
    "HGET attempt",
    "HGETALL attempt",
    "HMGET attempt",
    "ZRANGEBYSCORE due",
    "ZADD due",
    "ZREM due",
    "XGROUP log",
    "XREADGROUP log",
    "XAUTOCLAIM log",
    "XRANGE log",
    "SCAN",
)
FEED_SCRIPTS: Mapping[str, str] = {
    hashlib.sha1(text, usedforsecurity=False).hexdigest(): f"monitor {script.__name__}.lua"
    for text, script in memory_feeds.SCRIPTS.items()
}
FEED = (
    "monitor feed.lua",
    "monitor begin.lua",
    "HGET meta",
    "HMGET meta",
    "monitor filled.lua",
    "HVALS rows",
    "XREVRANGE feed",
    "XREAD feed",
    "SET process",
    "SET filling",
    "DEL filling",
    "EXISTS process",
    "PEXPIRE",
    "MULTI",
    "EXEC",
)
"""What the monitor asks, in the worlds that somebody watches."""
POSTGRES: Mapping[str, tuple[str, ...]] = {
    "claim": ("lock_epochs", "claimed_epoch", "latest_epoch", "claim_epoch"),
    "latest": ("latest_epoch",),
    "rebuild": ("mark_attempts", "attempt_epochs", "attempt_responses", "attempt_commands"),
    "lock": ("lock_attempts",),
    "flush": (
        "insert_facts",
        "insert_branches",
        "upsert_responses",
        "insert_commands",
        "update_attempts",
        "propose_regrades",
    ),
    "open_attempts": ("open_attempts",),
    "grade": (),
    "insert_exam_fact": ("insert_exam_fact",),
    "fetch_exam": ("fetch_exam",),
    "exam_facts": ("exam_facts",),
    "latest_exam_facts": ("latest_exam_facts",),
    "attempts_of_exam": ("attempts_of_exam",),
}
"""Transactions, with the statements of `queries.sql` that are carried out or not together: what
falls between two of them rolls the first back, so it is as if it had fallen before both. The
grading's are those of `results`."""
CANDIDATE = (
    "join",
    "start",
    "answer",
    "submit",
    "violation",
    "raise_hand",
    "acknowledge",
    "heartbeat",
)
EXAMINER = ("one", "all")
"""An act on one attempt, and one on the whole exam."""
UNTOLD = ("draining", "message", "results")
"""Events of the edge alone: no rule of attempts hangs on them."""
EVENTS = tuple(event for event in EVENTS_TO_CANDIDATE if event not in UNTOLD)
NEWS = ("FactTold", "DurableTold", "ExamTold")
"""What processes tell each other."""

POINTS: Mapping[str, tuple[str, ...]] = {
    **{f"redis {what}": FAULTS for what in (*REDIS, *FEED)},
    **{f"postgres {what}": FROM_SERVERS for what in POSTGRES},
    **{f"candidate {what}": ANSWERED for what in CANDIDATE},
    **{f"examiner {what}": ANSWERED[2:] for what in EXAMINER},
    **{f"event {what}": TOLD for what in EVENTS},
    **{f"news {what}": TOLD for what in NEWS},
}
"""By point, the faults that can befall it."""
FEED_POINTS = frozenset({*(f"redis {what}" for what in FEED), "postgres attempts_of_exam"})
CELLS = tuple((point, fault) for point, faults in POINTS.items() for fault in faults)


def redis_point(command: tuple[Any, ...]) -> str:
    """The point of a command to Redis, as Line sends it."""
    name = command[0]
    if name == "EVALSHA":
        return f"redis {SCRIPTS.get(command[1]) or FEED_SCRIPTS[command[1]]}"
    if name == "EVAL":
        return "redis raise.lua"
    if name == "SCRIPT":
        return "redis SCRIPT LOAD"
    if name in ("INFO", "SCAN", "PEXPIRE", "MULTI", "EXEC"):
        return f"redis {name}"
    key = command[_KEY_AT.get(name, 1)]
    return f"redis {name} {_noun(key)}"


_KEY_AT = {"XGROUP": 2, "XREADGROUP": 7, "XREAD": 6}


def _noun(key: str) -> str:
    """What a key is of, by its name."""
    if ":process:" in key:
        return "process"
    return "attempt" if ":a:" in key else key.rpartition(":")[2]

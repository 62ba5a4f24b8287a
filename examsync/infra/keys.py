"""Every Redis key, built here only. What must change together shares a hash tag ({...}).

`p` is a partition (0..P-1). The hash of an attempt carries its epoch in its name, so a new epoch
starts with no attempts, and what an older life left behind can be removed at leisure.
"""

import functools

PREFIX = "examsync"


@functools.cache
def epoch(p: int) -> str:
    """Text `epoch:run_id:backlog:began_at`: which life this is, and where the former one ended."""
    return f"{PREFIX}:{{{p}}}:epoch"


def attempt(p: int, life: int, attempt_id: str) -> str:
    """Hash of one attempt in one epoch: head, seat, core, durable, r:<item>, c:<command>."""
    return f"{PREFIX}:{{{p}}}:a:{life}:{attempt_id}"


def attempts_pattern(p: int) -> str:
    """Matches every attempt's hash of a partition, of all epochs."""
    return f"{PREFIX}:{{{p}}}:a:*"


def epoch_of_attempt(key: str) -> int:
    """The epoch in the name of an attempt's hash."""
    return int(key.split(":")[3])


@functools.cache
def log(p: int) -> str:
    """Stream of the facts of a partition that are not durable yet."""
    return f"{PREFIX}:{{{p}}}:log"


@functools.cache
def due(p: int) -> str:
    """Sorted set attempt -> ms: when the sweep should look. A hint: it may be early."""
    return f"{PREFIX}:{{{p}}}:due"


def exam_n(exam_id: str) -> str:
    """How many facts the exam has: who decided on fewer decides again."""
    return f"{PREFIX}:x:{{{exam_id}}}:n"


def control() -> str:
    """Stream by which processes tell each other what candidates elsewhere must hear."""
    return f"{PREFIX}:control"


def feed(exam_id: str) -> str:
    """Stream of the monitor's deltas of an exam, capped."""
    return f"{PREFIX}:m:{{{exam_id}}}:feed"


def feed_rows(exam_id: str) -> str:
    """Hash of the monitor's rows and connections of an exam."""
    return f"{PREFIX}:m:{{{exam_id}}}:rows"


def feed_meta(exam_id: str) -> str:
    """Hash with the feed's generation and version."""
    return f"{PREFIX}:m:{{{exam_id}}}:meta"


def process(process_id: str) -> str:
    """Lives as long as the process says so every second."""
    return f"{PREFIX}:process:{process_id}"


def feed_filling(exam_id: str) -> str:
    """Held, for a few seconds at a time, by the process that fills the feed from Postgres."""
    return f"{PREFIX}:m:{{{exam_id}}}:filling"

"""What is read of a server before, during and after a soak, and what must come back (pure)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

HELD = ("wires", "engine", "namespaces", "rooms", "watches", "errands", "attempts", "links")
"""Kinds of `examsync_held` that end at 0: nobody is here."""

MEMORY_RATIO, MEMORY_BYTES = 1.10, 16 * 1_048_576
"""The allocator gives back only what lies free in one piece: after a warm-up with as many
connections as later, resident memory stays within a tenth and 16 MB. Of 20,000 visits in a soak of
ten minutes that is 1 KB each; a connection that was kept would be 30 KB."""
TASKS_MORE = 5
KEYS_MORE, KEYS_PER_EXAM = 20, 4
"""Other keys of Redis: three for an exam's feed, for ten minutes after anybody kept it, and the
count of the exam's facts, which stays."""
DESCRIPTORS_MORE = 10
"""Pools of connections to Redis and Postgres breathe by a few."""


class Reading(Struct, frozen=True):
    """The server at one time. `held`: its own count of what it keeps, by kind."""

    held: dict[str, int]
    tasks: int
    descriptors: int
    memory_bytes: int
    redis_attempts: int
    redis_others: int
    redis_clients: int
    postgres: int


class Line(Struct, frozen=True):
    """One line of the table. `most`: what `end` may be; None where it is only told."""

    what: str
    base: int
    peak: int
    end: int
    most: int | None

    @property
    def back(self) -> bool:
        """Whether it came back."""
        return self.most is None or self.end <= self.most


def lines(base: Reading, peak: Reading, end: Reading, attempts: int, exams: int) -> list[Line]:
    """The table. `attempts`: how many were made at all, of so many exams; they stay in Redis for
    six hours after their end."""
    found = [
        Line(kind, base.held.get(kind, 0), peak.held.get(kind, 0), end.held.get(kind, 0), 0)
        for kind in HELD
    ]
    found.append(
        Line(
            "subjects",
            base.held.get("subjects", 0),
            peak.held.get("subjects", 0),
            end.held.get("subjects", 0),
            None,
        )
    )
    memory = round(base.memory_bytes * MEMORY_RATIO) + MEMORY_BYTES
    bounds = {
        "tasks": base.tasks + TASKS_MORE,
        "descriptors": base.descriptors + DESCRIPTORS_MORE,
        "memory_bytes": memory,
        "redis_attempts": attempts,
        "redis_others": base.redis_others + KEYS_MORE + KEYS_PER_EXAM * exams,
        "redis_clients": base.redis_clients + DESCRIPTORS_MORE,
        "postgres": base.postgres + DESCRIPTORS_MORE,
    }
    for name, most in bounds.items():
        was, high, now = (getattr(reading, name) for reading in (base, peak, end))
        found.append(Line(name, was, high, now, most))
    return found


def highest(readings: Sequence[Reading]) -> Reading:
    """The most of everything."""
    kinds = {kind for reading in readings for kind in reading.held}
    return Reading(
        {kind: max(each.held.get(kind, 0) for each in readings) for kind in kinds},
        *(
            max(getattr(each, name) for each in readings)
            for name in Reading.__struct_fields__
            if name != "held"
        ),
    )


def held(figures: Mapping[str, float]) -> dict[str, int]:
    """The server's own counts on its page of metrics."""
    found = {}
    for kind in (*HELD, "subjects"):
        found[kind] = int(figures.get(f'examsync_held{{kind="{kind}"}}', 0))
    return found


def table(rows: Sequence[Line]) -> str:
    """For people."""
    head = f"{'':16}{'base':>12}{'peak':>12}{'end':>12}{'at most':>12}"
    return "\n".join([head, *(shown(row) for row in rows)])


def shown(row: Line) -> str:
    """One line of it; memory in MB."""
    scale, name = (1_048_576, "memory MB") if row.what == "memory_bytes" else (1, row.what)
    numbers = [row.base, row.peak, row.end, row.most]
    cells = "".join(f"{'' if n is None else round(n / scale):>12}" for n in numbers)
    return f"{name:16}{cells}  {'' if row.back else 'DID NOT COME BACK'}".rstrip()

"""How far it goes: from measured figures to what one core, one machine and ten machines hold, and
which resource gives out first (pure). `scalefigures` reads the figures out of the baselines,
`scalepage` tells all of it, `./dev bench --scale` prints that.
"""

from collections.abc import Mapping

from msgspec import Struct

CPU, MEMORY, REDIS = "server CPU", "server memory", "Redis thread"
FLUSHER, COMMITS, JOINS = "flusher's core", "flusher with Postgres", "joins"


class Assumption(Struct, frozen=True):
    """A value nobody measured, what of, and why this one."""

    value: float
    unit: str
    what: str
    why: str


class Assumed(Struct, frozen=True):
    """All of them."""

    answer_s: Assumption = Assumption(
        20, "s", "between a candidate's answers", "an exam of choices: 90 items in half an hour"
    )
    beat_s: Assumption = Assumption(
        10, "s", "between a client's heartbeats", "`monitor.heartbeat_period_s`, as measured"
    )
    held: Assumption = Assumption(
        90, "answers", "given by everybody", "a long paper, near its end; as measured"
    )
    cpu: Assumption = Assumption(
        0.6, "of a core", "that a server or a flusher is used to", "above that answers queue"
    )
    redis: Assumption = Assumption(
        0.6, "of a core", "that Redis' one thread is used to", "it has to wait for its disk, too"
    )
    arrival_s: Assumption = Assumption(
        600, "s", "within which everybody joins", "doors open ten minutes before the start"
    )
    memory_gb: Assumption = Assumption(
        4, "GB", "for each serving core", "a machine has 8 cores and 32 GB"
    )
    memory: Assumption = Assumption(
        0.75, "of memory", "that is used", "the rest is for the system and for bursts"
    )


class Size(Struct, frozen=True):
    """So many cores that serve, and where all else is."""

    name: str
    cores: int
    what: str


SIZES = (
    Size("one core", 1, "one process serves; Redis, Postgres and the flusher have cores elsewhere"),
    Size("one machine", 5, "8 cores: one for Redis, one for Postgres, one for the flusher, five "
         "serve"),
    Size("ten machines", 48, "one for Redis (a core of it for the flusher) and one for Postgres, "
         "a standby for each, six with 8 cores that serve"),
)  # fmt: skip


class Inputs(Struct, frozen=True):
    """What was measured. us: of a processor's time; `beat_us`: a second, for each person;
    `kept_up_per_s`: facts by the clock that one flusher brought to Postgres, which it waits for;
    `more`: how much more an answer takes of two processes, a share; `durable_us`: what it takes
    on top while a flusher tells everybody what is durable. None: not measured."""

    answer_us: float
    answer_from: str
    beat_us: float
    some_kb: float
    all_kb: float
    empty_mb: float
    join_us: float
    redis_us: float
    redis_from: str
    facts_per_s: float
    kept_up_per_s: float
    rejoin_us: float | None = None
    spread_us: float | None = None
    floor_us: float | None = None
    more: float | None = None
    durable_us: float | None = None
    made: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def answer_us(given: Inputs, cores: int) -> float:
    """For an answer that becomes durable, where so many processes serve."""
    more = given.more or 0.0 if cores > 1 else 0.0
    return (given.answer_us + (given.durable_us or 0.0)) * (1 + more)


def per_second_us(given: Inputs, cores: int, assumed: Assumed) -> float:
    """Of a serving core, for one candidate at work."""
    return answer_us(given, cores) / assumed.answer_s.value + given.beat_us


def limits(given: Inputs, cores: int, assumed: Assumed) -> dict[str, float]:
    """Candidates at once by each resource. They beat while they join."""
    usable_us = cores * assumed.cpu.value * 1e6
    usable_kb = assumed.memory.value * assumed.memory_gb.value * 2**20 - given.empty_mb * 2**10
    joining_us = given.join_us / assumed.arrival_s.value + given.beat_us
    every_s = assumed.answer_s.value
    return {
        CPU: usable_us / per_second_us(given, cores, assumed),
        MEMORY: cores * usable_kb / given.all_kb,
        REDIS: assumed.redis.value * 1e6 / given.redis_us * every_s,
        FLUSHER: assumed.cpu.value * given.facts_per_s * every_s,
        COMMITS: assumed.cpu.value * given.kept_up_per_s * every_s,
        JOINS: usable_us / joining_us,
    }


def first(found: Mapping[str, float]) -> str:
    """The resource that gives out first."""
    return min(found, key=lambda name: found[name])


def two_figures(value: float) -> int:
    """Rounded down: 46,734 is told as 46,000."""
    step: int = 10 ** max(0, len(str(int(value))) - 2)
    return int(value) // step * step

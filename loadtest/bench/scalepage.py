"""What `scale` computes as people read it: loadtest/bench/SCALE.md (pure)."""

from collections.abc import Mapping

from msgspec import structs

from loadtest.bench.reach.result import shown
from loadtest.bench.scale import (
    COMMITS,
    CPU,
    FLUSHER,
    JOINS,
    MEMORY,
    REDIS,
    SIZES,
    Assumed,
    Assumption,
    Inputs,
    first,
    limits,
    per_second_us,
    two_figures,
)

CONNECTIONS_MAX = 20_000
"""Of a process, by default (`limits.connections_max`)."""
THEN = {
    CPU: "More serving cores: `server.processes`, or more machines behind the proxy. They share "
    "nothing but Redis and Postgres.",
    MEMORY: "More memory for each serving core, or more machines.",
    REDIS: "One thread takes the saves of everybody, however many machines serve. `redis.url` is "
    "one address, and `redis.partitions` are slices of the log on that one server. Keys are laid "
    "out so that slices could lie apart, but no redirect is followed: several masters and Redis "
    "Cluster are **not supported**, and a replica stands in, it takes no load. What there is: a "
    "faster core; or a second installation with a Redis and a Postgres of its own, whole exams "
    "divided between the two.",
    FLUSHER: "Another `examsync work`: any number may compete for the log. How much faster two "
    "are than one was not measured. A flusher that is behind loses nothing: facts wait in Redis, "
    "and its memory fills.",
    COMMITS: "One flusher waits for each commit, the partitions in turns, so this is what Postgres "
    "and its disk gave on the machine of the measurement: the only line by the clock, so whatever "
    "else was at work there makes it lower. A faster disk; another `examsync work`: then "
    "commits wait beside each other (not measured either).",
    JOINS: "Let them come over a longer time, or more serving cores. Who is sent away above "
    "`limits.connects_per_s` comes back when told.",
}


def page(given: Inputs, assumed: Assumed | None = None) -> str:
    """All of it, as Markdown."""
    assumed = assumed or Assumed()
    found = {size.name: limits(given, size.cores, assumed) for size in SIZES}
    parts = [
        "# How far it goes",
        "What one core, one machine and ten machines hold: **computed** from what was measured on "
        "one server,\nrounded down to two figures. None of it was run. "
        "`./dev bench --scale` prints this page.",
        "\n".join(f"- {line}" for line in given.made),
        "## Candidates at once",
        held(found),
        "**No server was seen with more than 10,000 people**: beyond that lines are drawn "
        f"straight. A process\nadmits {CONNECTIONS_MAX:,} connections unless "
        "`limits.connections_max` says otherwise.",
        "\n".join(f"- {size.name}: {size.what}." for size in SIZES),
        "Redis' thread and the flusher stay one, however many machines serve: more of them raise "
        "the other\nlines alone.",
        costs(given, assumed),
        "## What gives out first, and what then",
        "\n".join(then(name, found) for name in THEN),
        "## Measured",
        table(["figure", "value", "from"], measured(given)),
        "## Assumed",
        table(["value", "what", "why"], [told(each) for each in structs.astuple(assumed)]),
        "## What this does not say",
        "\n".join(f"- {line}" for line in doubts(given, assumed)),
    ]
    return "\n\n".join(part for part in parts if part)


def held(found: Mapping[str, Mapping[str, float]]) -> str:
    """The table: a line for each resource, a column for each size."""
    rows = [[name, *(f"{two_figures(f[name]):,}" for f in found.values())] for name in THEN]
    rows += [
        ["**holds**", *(f"**{two_figures(min(f.values())):,}**" for f in found.values())],
        ["gives out first", *map(first, found.values())],
    ]
    return table(["by", *found], rows)


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def costs(given: Inputs, assumed: Assumed) -> str:
    """Where the time of a serving core goes, in a sentence."""
    one = per_second_us(given, 1, assumed)
    return (
        f"A candidate takes {shown(one)} us of a serving core each second: "
        f"{shown(one - given.beat_us)} for answers,\n{shown(given.beat_us)} for heartbeats and "
        "pings."
    )


def then(name: str, found: Mapping[str, Mapping[str, float]]) -> str:
    """What to do about a resource, and where it is the first."""
    where = [size for size, each in found.items() if first(each) == name]
    which = f" (first for {', '.join(where)})" if where else ""
    return f"- **{name}**{which}. {THEN[name]}"


def measured(given: Inputs) -> list[list[str]]:
    """The figures it is computed from, and beside them those it is to be held against."""
    rows: list[tuple[str, float | None, str, str]] = [
        ("an answer", given.answer_us, "us of a server's core", given.answer_from),
        ("an answer, 50 exams at once", given.spread_us, "us of a server's core", "growth"),
        ("telling it is durable", given.durable_us, "us more for an answer", "beside the flusher"),
        ("an answer, two processes", more_percent(given), "% more", "two"),
        ("doing nothing, a second", given.beat_us, "us of a server's core", "idle"),
        ("a connection, 90 answers", given.all_kb, "KB", "memory"),
        ("a connection, 10 answers", given.some_kb, "KB", "memory"),
        ("a server without anybody", given.empty_mb, "MB", "memory"),
        ("a join, first of the day", given.join_us, "us of a server's core", "joins"),
        ("a join, attempt in Redis", given.rejoin_us, "us of a server's core", "joins"),
        ("a save", given.redis_us, "us of Redis", given.redis_from),
        ("a save, deep pipelines", given.floor_us, "us of Redis", "the script alone"),
        ("flushed", given.facts_per_s, "facts/s of a core", "flush"),
        ("flushed, by the clock", given.kept_up_per_s, "facts/s", "flush, Postgres beside it"),
    ]
    return [[name, told_figure(value, unit), source] for name, value, unit, source in rows]


def more_percent(given: Inputs) -> float | None:
    """How much more an answer takes of two processes."""
    return None if given.more is None else 100 * given.more


def told_figure(value: float | None, unit: str) -> str:
    """`97.1 us`; or that nobody knows."""
    return "not measured" if value is None else f"{shown(value)} {unit}"


def told(each: Assumption) -> list[str]:
    """Its line in the table."""
    return [f"{each.value:g} {each.unit}", each.what, each.why]


def doubts(given: Inputs, assumed: Assumed) -> list[str]:
    """What was not measured, and what to know of what was."""
    return [
        "Postgres was not measured by itself, nor with several flushers. Nor were the "
        "memory of Redis, what joins take of its thread (and the flush, where it is said above "
        "that it was stopped), or a proxy that ends TLS.",
        "Redis waits for its disk at every fsync, which is no processor time: on a slow disk it "
        "holds less. Where more answers share a pipeline it holds more.",
        *parted(given, assumed),
        several(given),
        "Nobody watches; examiners, HTTP requests, and the start and the deadline of all in one "
        "moment are rows of their own (`./dev bench --reach all`).",
        *given.remarks,
    ]


def parted(given: Inputs, assumed: Assumed) -> list[str]:
    """What a serving core holds if people sit fifty exams."""
    if given.spread_us is None:
        return []
    other = structs.replace(given, answer_us=given.spread_us)
    core = two_figures(limits(other, 1, assumed)[CPU])
    return [f"In 50 exams at once a core's time is enough for {core:,}."]


def several(given: Inputs) -> str:
    """Whether more processes make each answer dearer."""
    if given.more is None:
        return "Whether an answer costs more where several serve was not saved (row two)."
    return (
        f"Where several serve an answer is taken to cost {100 * given.more:.0f} % more, as with "
        "two on one core: more than two were not measured."
    )

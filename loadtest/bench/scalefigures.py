"""What the two baselines have for the arithmetic of `scale` (pure)."""

from msgspec import Struct

from loadtest.bench.reach.result import Reached
from loadtest.bench.reach.row import Measured
from loadtest.bench.result import OURS, Result
from loadtest.bench.scale import Assumed, Inputs

MANY = "10,000 in 1 exams: CPU us/answer"
SPREAD = "10,000 in 50 exams: CPU us/answer"
ROWS = ("growth", "idle", "memory", "joins", "flush", "two")


class Missing(Exception):
    """A figure is in no baseline; a line for each, with how to measure it."""


class Baselines(Struct):
    """The two, as far as they were saved; `missing` gathers what was looked for in vain."""

    bench: Result | None
    reach: Reached | None
    missing: list[str] = []

    def row(self, name: str) -> Measured | None:
        """A row that was saved."""
        rows = self.reach.rows if self.reach else []
        return next((row for row in rows if row.name == name), None)

    def further(self, name: str, key: str) -> float | None:
        """The row's further figure whose name begins so."""
        row = self.row(name)
        found = row.also if row else {}
        return next((value for each, value in found.items() if each.startswith(key)), None)

    def ours(self, key: str) -> float | None:
        """A figure of our own server, beside its peers."""
        mine = self.bench.contestants.get(OURS) if self.bench else None
        return mine.figures[key].median if mine and key in mine.figures else None

    def needed(self, name: str, key: str = "") -> float:
        """The row's figure, or its further one; noted if it is missing, and 0 then."""
        row = self.row(name)
        value = self.further(name, key) if key else row.figure if row else None
        if value is None:
            self.missing.append(
                f"row {name}{', figure ' + key if key else ''}: ./dev bench --reach {name} --save"
            )
        return value or 0.0


def inputs_of(bench: Result | None, reach: Reached | None) -> Inputs:
    """What the baselines have. Raises Missing."""
    of = Baselines(bench, reach)
    answer_us, answer_from = answer(of)
    redis_us, redis_from = saving(of)
    found = Inputs(
        answer_us,
        answer_from,
        beating(of),
        of.needed("memory"),
        of.needed("memory", "with 90 answers each"),
        of.needed("memory", "the empty server, MB"),
        of.needed("joins", "from Postgres: CPU us/join"),
        redis_us,
        redis_from,
        of.needed("flush"),
        of.needed("flush", "facts/s by the clock"),
        of.further("joins", "from Redis: CPU us/join"),
        of.further("growth", SPREAD),
        min(bench.redis_us.values(), default=None) if bench else None,
        more_of(of.row("two")),
        durable(of),
        tuple(made(of)),
        tuple(remarks(of)),
    )
    if of.missing:
        raise Missing("\n".join(of.missing))
    return found


def answer(of: Baselines) -> tuple[float, str]:
    """CPU of the server for an answer (us), and where that is from."""
    many = of.further("growth", MANY)
    if many is not None:
        return many, "growth: open loop, 10,000 connected"
    closed = of.ours("closed.cpu_us")
    if closed is None or of.bench is None:
        return of.needed("growth", MANY), ""
    return closed, f"closed loop of {of.bench.plan.candidates:,}: row growth was never saved"


def beating(of: Baselines) -> float:
    """Processor time of one who does nothing for a second (us); those there tell by their beats."""
    share, per_s = of.needed("idle"), of.needed("idle", "heartbeats/s")
    return 1e4 * share / (per_s * Assumed().beat_s.value) if per_s else 0.0


def saving(of: Baselines) -> tuple[float, str]:
    """CPU of Redis for a save (us), and where that is from: with the flusher at work, if it was."""
    windows = of.bench.plan.windows() if of.bench else {}
    names = [name for name, (_, flushing) in windows.items() if flushing]
    found = [us for name in names if (us := of.ours(f"{name}.redis_us"))]
    if found:
        return max(found), "open loop, the flusher at work"
    closed = of.ours("closed.redis_us")
    if not closed:
        of.missing.append("closed.redis_us of examsync: ./dev bench --save")
    return closed or 1.0, "closed loop, the flusher stopped"


def durable(of: Baselines) -> float | None:
    """What an answer takes on top with the flusher at work (us), at the same rate without it."""
    windows = of.bench.plan.windows() if of.bench else {}
    rates = [rate for rate, flushing in windows.values() if flushing]
    pairs = [(of.ours(f"flushing.{rate}.cpu_us"), of.ours(f"open.{rate}.cpu_us")) for rate in rates]
    found = [with_ - without for with_, without in pairs if with_ and without]
    return max(0.0, *found) if found else None


def more_of(row: Measured | None) -> float | None:
    """How much more an answer takes of several processes, a share; never less than nothing."""
    return max(0.0, row.figure / 100) if row else None


def made(of: Baselines) -> list[str]:
    """When and on what each baseline was taken."""
    named = (("bench.json", of.bench), ("reach.json", of.reach))
    return [
        f"`{name}`: {each.made_at[:10]}, {each.machine.processor}, {each.machine.cores} cores, "
        f"load before {each.machine.load_before:g}"
        for name, each in named
        if each
    ]


def remarks(of: Baselines) -> list[str]:
    """What was remarked of the rows that are used."""
    rows = [of.row(name) for name in ROWS]
    return [f"{row.name}: {remark}" for row in rows if row for remark in row.remarks]

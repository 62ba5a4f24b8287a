"""How CPU per answer grows with the people connected, and with the exams they sit."""

from statistics import median

from msgspec import Struct

from loadtest.bench.generator import Generator, Window
from loadtest.bench.house import House
from loadtest.bench.reach import seated
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run
from loadtest.bench.reach.seated import WARM_MS, WINDOW_MS

FEW, MANY, EXAMS = 100, 10_000, 50
MORE_MAX = 0.25
WINDOWS = 3
BEAT_MS = 10_000


class Size(Struct, frozen=True):
    """So many people, in so many exams."""

    candidates: int
    exams: int

    @property
    def name(self) -> str:
        """As it is told."""
        return f"{self.candidates:,} in {self.exams}"


class Step(Struct, frozen=True):
    """What one size came to. `beating`: a window in which everybody sends heartbeats, too."""

    size: Size
    open: list[Window]
    beating: Window

    @property
    def cpu_us(self) -> float:
        """Of the server, per answer."""
        return seated.middle(self.open)


def growth(run: Run) -> Measured:
    """The row."""
    many = run.people(MANY)
    few = max(1, many * FEW // MANY)
    rate = 0
    steps: list[Step] = []
    with run.house() as house:
        for size in (Size(few, 1), Size(many, 1), Size(many, min(EXAMS, many))):
            step, rate = measured(run, house, size, rate)
            run.say(f"  {size.name}: {step.cpu_us:.1f} us per answer")
            steps.append(step)
    return row(steps, rate)


def measured(run: Run, house: House, size: Size, rate: int) -> tuple[Step, int]:
    """One size at one rate, found out at the first. Raises Wrong, NotServed, OfficeError."""
    office = house.office()
    paper = office.ensure_paper()
    seats = seated.seats_for(office, house.folder, paper, size.candidates, size.exams)
    with run.serving(house) as server, seated.joined(run, server, seats) as generator:
        rate = rate or seated.rate_for(run, generator, size.candidates)
        step = windows(generator, size, rate)
        seated.prove(run, house, seats, generator)
    return step, rate


def windows(generator: Generator, size: Size, rate: int) -> Step:
    """Open loops, then one with heartbeats beside it."""
    open_ = [opened(generator, size, rate) for _ in range(WINDOWS)]
    generator.beat(BEAT_MS)
    beating = opened(generator, size, rate)
    generator.beat(0)
    return Step(size, open_, beating)


def opened(generator: Generator, size: Size, rate: int) -> Window:
    """One window. Raises Wrong."""
    return seated.sound(size.name, generator.open(rate, WARM_MS, WINDOW_MS))


def row(steps: list[Step], rate: int) -> Measured:
    """The figures: how much more the dearest step takes than the one before it (pure)."""
    few, many, parted = steps
    by_people, by_exams = many.cpu_us / few.cpu_us - 1, parted.cpu_us / many.cpu_us - 1
    more = max(by_people, by_exams)
    also = {f"{step.size.name} exams: CPU us/answer": step.cpu_us for step in steps}
    also |= {
        f"{step.size.name} exams, with heartbeats: CPU us/answer": seated.cpu_us(step.beating)
        for step in steps
    }
    also |= {f"{step.size.name} exams: p95 ms": p95_ms(step.open) for step in steps}
    also |= {"by people, %": 100 * by_people, "by exams, %": 100 * by_exams, "answers/s": rate}
    return Measured(
        "growth",
        f"CPU per answer, from {few.size.candidates:,} to {many.size.candidates:,} people and from "
        f"1 to {parted.size.exams} exams, at the same rate",
        100 * more,
        "% more",
        f"at most {MORE_MAX:.0%} more",
        more <= MORE_MAX and all(seated.held(step.open) for step in steps),
        also=also,
        remarks=seated.remarks([window for step in steps for window in step.open], rate),
    )


def p95_ms(found: list[Window]) -> float:
    """The median of their p95."""
    return median(window.latency.p95_us for window in found) / 1e3

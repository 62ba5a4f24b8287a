"""What watching costs the server, how late examiners see a change, and how a board reaches them."""

from statistics import median

from msgspec import Struct

from loadtest.bench.generator import Generator, Window
from loadtest.bench.house import SECRET
from loadtest.bench.reach import seated
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.reach.seated import WARM_MS, WINDOW_MS, Seats
from loadtest.bench.reach.watching import Watchers
from loadtest.bench.rounds import Wrong
from loadtest.swarm.rows import Histogram
from loadtest.tokens import sign
from protocol.types import Role

PEOPLE, WATCHERS = 10_000, 10
PAIRS = 3
RATIO_MAX = 1.1
LATE_MS_MAX = 500.0
CHUNK_ROWS_MAX = 500


class Pair(Struct, frozen=True):
    """A window that nobody watched and one that was watched; what was seen in it."""

    alone: Window
    watched: Window
    delays: Histogram
    chunks: list[int]
    bytes_told: int

    @property
    def ratio(self) -> float:
        """CPU per answer, watched over alone."""
        return seated.cpu_us(self.watched) / seated.cpu_us(self.alone)


def monitor(run: Run) -> Measured:
    """The row."""
    people = run.people(PEOPLE)
    with run.house() as house:
        office = house.office()
        seats = seated.seats_for(office, house.folder, office.ensure_paper(), people)
        with (
            run.serving(house) as server,
            seated.joined(run, server, seats) as generator,
        ):
            rate = seated.rate_for(run, generator, people)
            pairs = [pair(run, server, seats, generator, rate) for _ in range(PAIRS)]
            seated.prove(run, house, seats, generator)
    return row(people, pairs, rate)


def pair(run: Run, server: Server, seats: Seats, generator: Generator, rate: int) -> Pair:
    """One after the other, so that both meet the same machine. Raises Wrong, NotServed."""
    alone = opened(generator, rate)
    exam = seats.exams[0]
    names = [f"watcher-{number}" for number in range(WATCHERS)]
    tokens = [sign(SECRET, name, Role.EXAMINER, exam) for name in names]
    with Watchers(server.port, exam, tokens) as watchers:
        watchers.seen.delays = Histogram()
        before = watchers.bytes
        watched = opened(generator, rate)
        told, fault = watchers.bytes - before, watchers.fault
        seen = watchers.seen
    if fault:
        raise Wrong(f"an examiner met: {fault}")
    found = Pair(alone, watched, seen.delays, seen.chunks, told)
    run.say(f"  {seated.cpu_us(alone):.1f} us alone, x {found.ratio:.2f} watched")
    return found


def opened(generator: Generator, rate: int) -> Window:
    """One window. Raises Wrong."""
    return seated.sound(f"{rate} answers/s", generator.open(rate, WARM_MS, WINDOW_MS))


def row(people: int, pairs: list[Pair], rate: int) -> Measured:
    """The figures (pure)."""
    ratio = median(each.ratio for each in pairs)
    delays = Histogram()
    for each in pairs:
        delays.merge(each.delays)
    late_ms = delays.percentile(95) or 0.0
    rows = max((n for each in pairs for n in each.chunks), default=0)
    met = ratio <= RATIO_MAX and 0 < late_ms < LATE_MS_MAX and 0 < rows <= CHUNK_ROWS_MAX
    also = {
        "nobody watches: CPU us/answer": seated.middle([each.alone for each in pairs]),
        "watched: CPU us/answer": seated.middle([each.watched for each in pairs]),
        "from a change to an examiner, p50 ms": delays.percentile(50) or 0.0,
        "from a change to an examiner, p95 ms": late_ms,
        "changes timed": float(delays.count),
        "parts of a snapshot": float(len(pairs[0].chunks)),
        "most rows in a part": float(rows),
        "told to all, MB/s": median(each.bytes_told / each.watched.seconds for each in pairs) / 1e6,
        "answers/s": float(rate),
    }
    windows = [window for each in pairs for window in (each.alone, each.watched)]
    return Measured(
        "monitor",
        f"CPU per answer with {WATCHERS} examiners who watch {people:,} rows, over that with none",
        ratio,
        "x",
        f"at most {RATIO_MAX}x; a change seen within {LATE_MS_MAX:g} ms (p95); parts of at most "
        f"{CHUNK_ROWS_MAX} rows",
        met,
        also=also,
        remarks=seated.remarks(windows, rate),
    )

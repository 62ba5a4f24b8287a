"""One deadline for thousands who are silent: how soon all are closed and graded, and what another
exam feels of it.
"""

import time

from msgspec import Struct

from loadtest.bench.generator import Closes, Generator
from loadtest.bench.house import House
from loadtest.bench.processes import Kept
from loadtest.bench.reach import closing
from loadtest.bench.reach.crowd import AT_ONCE, arrival, crowd, exported, proved, remarks, seated
from loadtest.bench.reach.others import Felt, Others, p99_ms
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.reach.seated import sound
from loadtest.bench.rounds import Wrong
from loadtest.bench.sitting import GRACE_MS, Sitting, for_hours
from loadtest.office import Terms
from loadtest.served import NotServed
from protocol.http import ExportedAttempt
from protocol.types import AttemptState

CANDIDATES, TO_ONE_OTHER = 10_000, 10
"""A tenth as many sit another exam meanwhile."""
EACH_ANSWERS_EVERY_S = 2
START_EACH_MS, ANSWERS_EACH, ANSWER_AT_ONCE = 1, 4, 200
SEATED_S, SEATED_S_MAX = 40.0, 600.0
SEATED_TIMES = 2.0
"""Until the deadline everybody has to have joined, started and answered: they get that long, and
for each of them twice the time that each of the others took."""
SWEEP_AFTER_MS = 1_000
"""An attempt is due to be closed so long after answers are accepted no more."""
BEFORE_S = 9.0
"""The others begin so long before: two windows show what they feel otherwise."""
LEDGER, OTHERS_LEDGER = "reach-ledger.tsv", "reach-others.tsv"
CLOSED_S_MAX, GRADED_S_MAX, P99_MS_MAX = 2.0, 60.0, 100.0
GOAL = (
    f"closed within {CLOSED_S_MAX:g} s of being due, graded within {GRADED_S_MAX:g} s, "
    f"others' p99 under {P99_MS_MAX:g} ms"
)


class Seen(Struct):
    """What was seen of it, in ms: when they were due, closed and graded, and who was told when.

    `worker_s` is processor time of the worker from when they were due until they were graded.
    """

    due_at: int
    closed_at: float
    graded_at: int
    closes: Closes
    worker_s: float
    felt: list[Felt]

    @property
    def closed_s(self) -> float:
        """From when they were due until the last was closed."""
        return (self.closed_at - self.due_at) / 1e3

    @property
    def graded_s(self) -> float:
        """From when they were due until the last was graded."""
        return (self.graded_at - self.due_at) / 1e3

    def meanwhile(self) -> list[Felt]:
        """The windows of the others that were open then; the rest was before."""
        return [each for each in self.felt if each.ended_at > self.due_at]


def last_second(run: Run) -> Measured:
    """The row."""
    people = run.people(CANDIDATES)
    with run.house() as house:
        others = seated(run, house, max(2, people // TO_ONE_OTHER), folder="others")
        with (
            run.serving(house) as server,
            house.flusher() as worker,
            crowd(run, server, others) as beside,
        ):
            began = time.monotonic()
            sit(run, server, beside, others)
            terms = ends_soon(people, (time.monotonic() - began) / others.candidates)
            silent = seated(run, house, people, terms=terms)
            seen = silence(run, server, worker, (silent, terms), beside)
            beside.ledger(house.folder / OTHERS_LEDGER)
        house.flush()
        found = exported(house, silent)
        check(found, people)
        proved(run, house.folder / LEDGER, found)
        proved(run, house.folder / OTHERS_LEDGER, exported(house, others))
    return row(run, people, seen)


def ends_soon(people: int, each_s: float) -> Terms:
    """An exam with one deadline for all, as soon as so many can be expected to have answered who
    take so long each."""
    terms = for_hours()
    within_s = min(SEATED_S_MAX, SEATED_S + SEATED_TIMES * people * each_s)
    ends = terms.opens_at + round(1_000 * within_s)
    return Terms(terms.opens_at, ends, ends, terms.duration_ms)


def due_at(terms: Terms) -> int:
    """When all attempts of such an exam are due to be closed (ms)."""
    return terms.window_end + GRACE_MS + SWEEP_AFTER_MS


def sit(run: Run, server: Server, generator: Generator, sitting: Sitting) -> None:
    """All join, start and answer. Raises Wrong, NotServed."""
    arrival(run, server, generator, AT_ONCE)
    sound("start", generator.start(START_EACH_MS * sitting.candidates))
    wide = min(ANSWER_AT_ONCE, sitting.candidates)
    found = sound("answers", generator.fill(ANSWERS_EACH, wide))
    run.say(f"  {found.acked:,} answers within {found.seconds:.0f} s")


def silence(
    run: Run, server: Server, worker: Kept, exam: tuple[Sitting, Terms], beside: Generator
) -> Seen:
    """They sit, fall silent, and are watched until all are graded. Raises NotServed, Wrong."""
    sitting, due = exam[0], due_at(exam[1])
    with crowd(run, server, sitting) as generator:
        sit(run, server, generator, sitting)
        generator.ledger(server.house.folder / LEDGER)
        wait(run, server.house, sitting.candidates, due)
        rate = max(1, sitting.candidates // TO_ONE_OTHER // EACH_ANSWERS_EVERY_S)
        with Others(beside, rate) as others:
            time.sleep(max(0.0, due / 1e3 - time.time()))
            seen = watch(run, server.house, worker, sitting, due)
            seen.felt = others.felt
        others.check()
        seen.closes = generator.closes()
    return seen


def wait(run: Run, house: House, people: int, due: int) -> None:
    """Until shortly before. Raises NotServed if they are not all there in time."""
    left_s = due / 1e3 - BEFORE_S - time.time()
    if left_s < 0 or closing.waiting(house, due) < people:
        raise NotServed("not everybody had answered before the deadline: too much else runs here.")
    run.say(f"  in {left_s + BEFORE_S:.0f} s all are due to be closed")
    time.sleep(left_s)


def watch(run: Run, house: House, worker: Kept, sitting: Sitting, due: int) -> Seen:
    """From when they are due until all are graded. Raises NotServed."""
    before_s = worker.cpu_s()
    closed = closing.closed_at(house, due)
    run.say(f"  all closed {(closed - due) / 1e3:.2f} s after they were due")
    graded = closing.graded_at(house, sitting.exam, sitting.candidates)
    run.say(f"  all graded {(graded - due) / 1e3:.1f} s after they were due")
    return Seen(due, closed, graded, Closes(0, 0), worker.cpu_s() - before_s, [])


def check(found: list[ExportedAttempt], people: int) -> None:
    """Raise Wrong unless every attempt was closed by the clock, and by nothing else."""
    expired = sum(one.state is AttemptState.EXPIRED for one in found)
    if expired < people:
        raise Wrong(f"all {people} attempts were over, and {expired} are stored as expired")


def row(run: Run, people: int, seen: Seen) -> Measured:
    """What it came to, against the goals."""
    meanwhile = seen.meanwhile()
    before = [each for each in seen.felt if each not in meanwhile]
    p99 = p99_ms(meanwhile)
    last = meanwhile[-1].window
    also = {
        "graded s": seen.graded_s,
        "others: p99 ms, worst 4 s": p99,
        "others: p99 ms before": p99_ms(before),
        "others: answers/s": last.sent / last.seconds,
        "told that it is closed, of those connected": seen.closes.told,
        "told last s": (seen.closes.last_ms - seen.due_at) / 1e3,
        "worker CPU us/attempt, closed and graded": 1e6 * seen.worker_s / people,
    }
    met = seen.closed_s <= CLOSED_S_MAX and seen.graded_s <= GRADED_S_MAX and p99 < P99_MS_MAX
    return Measured(
        "last-second",
        f"{people:,} silent attempts with one deadline: from when they were due, which is "
        "accept_until + 1 s, until the last is closed",
        seen.closed_s,
        "s",
        GOAL,
        met,
        also=also,
        remarks=remarks(run, last.busy, last.cpu_s, last.seconds),
    )

"""Thousands who come, and how long the server's loop did one thing meanwhile. Used by the rows."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from loadtest.bench.figures import BUSY_SHARE_MAX
from loadtest.bench.generator import Come, Generator
from loadtest.bench.house import House
from loadtest.bench.reach.run import Run, Server
from loadtest.bench.rounds import Wrong, reconciled
from loadtest.bench.sitting import Sitting, Stored, prepare
from loadtest.office import Terms
from loadtest.served import NotServed
from loadtest.soak.storm import longest
from protocol.http import ExportedAttempt

AT_ONCE = 256
"""So many are between dialling and the ack of their join where not all come at once."""
EXAMINERS = 1
OWN_SHARE_MIN = 0.9
"""Of the time its core is busy, how much the server has to have had for its figures to count."""


class Arrival(Struct, frozen=True):
    """How a crowd came; `blocked_s`: the bound of the longest stretch of work of the server's loop
    (0.05: between 20 and 50 ms), by its own histogram."""

    come: Come
    blocked_s: float

    @property
    def per_s(self) -> float:
        """Joins a second, from the first dial to the last ack."""
        return self.come.joined / self.come.seconds

    @property
    def cpu_us(self) -> float:
        """Of the server, for each join."""
        return 1e6 * self.come.cpu_s["server"] / max(self.come.joined, 1)


def seated(
    run: Run, house: House, people: int, *, folder: str = "", terms: Terms | None = None
) -> Sitting:
    """An exam for so many, in files of its own. Raises OfficeError."""
    office = house.office()
    place = house.folder / folder
    place.mkdir(exist_ok=True)
    run.say(f"  an exam for {people:,}")
    paper = office.ensure_paper()
    return prepare(office, place, paper=paper, candidates=people, examiners=EXAMINERS, terms=terms)


def crowd(run: Run, server: Server, sitting: Sitting, **pids: int) -> Generator:
    """All of them, not connected yet; `with` starts and ends it."""
    read = {"server": server.process.pid, "redis": server.house.redis_pid(), **pids}
    return Generator(run.program, sitting, port=server.port, speak="sio", pids=read)


def arrival(run: Run, server: Server, generator: Generator, at_once: int) -> Arrival:
    """Let everybody come who is not there. Raises Wrong, NotServed unless all join."""
    before = server.metrics()
    come = generator.join(at_once)
    found = Arrival(come, longest(before, server.metrics()))
    run.say(
        f"  {come.joined:,} of {come.of:,} joined within {come.seconds:.1f} s, "
        f"{found.per_s:,.0f}/s, {found.cpu_us:,.0f} us each; "
        f"loop {1e3 * found.blocked_s:.0f} ms at most"
    )
    if come.joined < come.of:
        missing = f"only {come.joined} of {come.of} joined"
        if come.fault:
            raise Wrong(f"{missing}: {come.fault}")
        raise NotServed(f"{missing} within {come.seconds:.0f} s.")
    return found


def figures(name: str, found: Arrival) -> dict[str, float]:
    """The further figures of an arrival, under this name."""
    joining = found.come.joining
    return {
        f"{name}: joins/s": found.per_s,
        f"{name}: CPU us/join": found.cpu_us,
        f"{name}: loop blocked ms at most": 1e3 * found.blocked_s,
        f"{name}: p50 ms": joining.p50_us / 1e3,
        f"{name}: p99 ms": joining.p99_us / 1e3,
    }


def remarks(
    run: Run, busy: Mapping[str, float], cpu_s: Mapping[str, float], seconds: float
) -> list[str]:
    """What to know before believing figures of such a time: who else was at work (pure)."""
    first, other = str(min(run.server)), str(min(run.rest))
    own, all_ = cpu_s["server"] / max(seconds, 1e-9), busy.get(first, 0.0)
    found = []
    if own < OWN_SHARE_MIN * all_:
        found.append("busy: others took a part of the server's core")
    if busy.get(other, 0.0) > BUSY_SHARE_MAX:
        found.append("busy: the core of generator and storage was full")
    return found


def exported(house: House, sitting: Sitting) -> list[ExportedAttempt]:
    """Every attempt of an exam as Postgres has it. Raises OfficeError."""
    return house.office().export(sitting.exam)


def proved(run: Run, acked: Path, found: list[ExportedAttempt]) -> None:
    """Look up what was acknowledged in an export. Raises Wrong if anything is missing."""
    stored: Stored = {one.candidate: one.responses for one in found}
    ledger = reconciled(acked, stored)
    run.say(f"  {ledger.compared:,} acknowledged answers are in Postgres")

"""Every guard switched off in turn: which seed misses it first, and what breaks then (`--mutants`).

A guard that no seed misses is either explained in `IDLE`, or the simulation is too weak.
"""

import multiprocessing
from collections.abc import Mapping
from typing import TextIO

import structlog
from msgspec import Struct

from tests.simulation import mutants
from tests.simulation.world import run_seed

HEAVIER = 10
"""Heavy seeds that are searched for each ordinary one: only for guards that none of those misses
and few of these, and of which nothing explains it."""
OUTDATED = ("AttributeError", "TypeError", "NameError")
"""So ends a run in which not a guard is missed, but something that a variant calls is gone."""
FEW = 100
"""Heavy seeds that are searched at first, to have a number for every guard."""
IDLE: Mapping[str, str] = {
    "rows_always": "the order of facts and the fence give it: nothing older comes after them",
    "orphans_wait": "for a Postgres that lost commits, which here never forgets",
    "timeout_is_refusal": "the attempt is read again all the same, and who is refused asks again",
    "no_barrier": "a refusal behind a take-over is given when that is confirmed, or decided again",
    "dropped_are_written": "the head keeps them out, or they are what was decided again",
    "answers_pass_the_start": "what is refused for want of a start or an answer is asked again",
    "joins_twice_on_one_line": "the second is a repeat; its lease re-stamps what is unacked",
    "older_lease_taken": "only a closed attempt shows one; reopened, it asks to join",
    "not_restamped": "the server gives an answer the lease of its seat, and the seq only grows: "
    "the version is the same; what is overtaken is dropped when its ack does not come",
    "leases_without_tail": "every lease is above all that server, client and answers know of: two "
    "are one only if a clock was turned back, Redis loses the first, and a third device comes",
    "renewed_too_late": "any later fact of the attempt renews, and so does who has heard of the "
    "later life: a flusher has to die at just this moment, after the last fact there is",
    "begun_over": "who rebuilds in the older life finds the later one in Postgres and outdoes it",
    "old_ack_is_good": "the join named the later epoch, so one later still comes, unless who was "
    "told dies at that moment; the afternoons of test_never_lost miss it",
}
"""By guard, why no seed can miss it."""


class Caught(Struct, frozen=True):
    """The first seeds that miss a guard, and what broke in the first that was found."""

    mutant: str
    ordinary: int | None
    heavy: int | None
    broke: str

    @property
    def found(self) -> bool:
        """Whether any seed missed it."""
        return self.ordinary is not None or self.heavy is not None


def all_mutants(seeds: int, jobs: int, out: TextIO) -> int:
    """Hunt for all, and print a table; 0 if every guard is missed by some seed, or explained."""
    work = [(name, seeds) for name in mutants.ALL]
    width = max(map(len, mutants.ALL)) + 1
    out.write(f"{'guard':{width}}{'seed':>7}{'heavy':>7}  what breaks without it\n")
    idle: list[str] = []
    with multiprocessing.get_context("spawn").Pool(jobs, quiet_logs) as pool:
        for caught in pool.imap(hunted, work):
            out.write(line(caught, width) + "\n")
            out.flush()
            if not caught.found and caught.mutant not in IDLE:
                idle.append(caught.mutant)
    out.write(f"{len(work)} guards; never missed: {', '.join(idle) or 'none'}\n")
    return int(bool(idle))


def line(caught: Caught, width: int) -> str:
    """A row of the table."""
    numbers = ("-" if seed is None else str(seed) for seed in (caught.ordinary, caught.heavy))
    seeds = "".join(each.rjust(7) for each in numbers)
    return f"{caught.mutant:{width}}{seeds}  {caught.broke[:90] or IDLE.get(caught.mutant, '?')}"


def hunted(work: tuple[str, int]) -> Caught:
    """Look for the first ordinary and the first heavy seed that miss a guard."""
    name, seeds = work
    with mutants.applied(name):
        ordinary, broke = first(range(seeds), heavy=False)
        heavy, worse = first(range(FEW), heavy=True)
        if ordinary is None and heavy is None and name not in IDLE:
            heavy, worse = first(range(FEW, HEAVIER * seeds), heavy=True)
    return Caught(name, ordinary, heavy, told(broke or worse))


def first(seeds: range, *, heavy: bool) -> tuple[int | None, str]:
    """The first of these seeds in which something breaks, and what."""
    for seed in seeds:
        broke = run_seed(seed, heavy=heavy).violation
        if told(broke).startswith(OUTDATED):
            raise RuntimeError(f"a variant does not fit the code any more:\n{broke}")
        if broke:
            return seed, broke
    return None, ""


def told(broke: str) -> str:
    """A violation in one line: of a traceback the last."""
    return broke.strip().splitlines()[-1] if broke.strip() else ""


def quiet_logs() -> None:
    """A run says what it finds; the product's own words about its hard life are left out."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

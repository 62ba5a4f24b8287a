"""Runs seeds, in several processes if asked to, and tells of those that fail (used by `__main__`
and by the tests)."""

import argparse
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from tests.simulation import coverage, hunt, mutants, shrink
from tests.simulation.points import CELLS
from tests.simulation.world import Result, World, run_seed

SHOWN_MAX = 10
"""Failing seeds that are told in full; of more only the number."""
SHRUNK_MAX = 3
"""Failing seeds of which the least that still fails is looked for, and told."""
EVERYWHERE = ("* news lost", "* cleaned")
"""Ends of lines that say nothing."""
CHUNK = 8


def main(words: list[str], out: TextIO) -> int:
    """What the command line asks for; 0 if all held."""
    options = parser().parse_args(words)
    hunt.quiet_logs()
    if options.seed is not None:
        return one(options, out)
    if options.mutants:
        return hunt.all_mutants(options.seeds, options.jobs, out)
    return many(options, out)


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(prog="python -m tests.simulation", description="Run seeds.")
    found.add_argument("--seeds", type=int, default=500, help="how many seeds")
    found.add_argument("--start", type=int, default=0, help="the first seed")
    found.add_argument("--heavy", action="store_true", help="4-7 faults a run, mostly data loss")
    found.add_argument("--jobs", type=int, default=1, help="processes")
    found.add_argument("--mutant", choices=sorted(mutants.ALL), help="switch one guard off")
    found.add_argument("--mutants", action="store_true", help="hunt for every guard in turn")
    found.add_argument("--seed", type=int, help="run this one seed")
    found.add_argument("--without", default="", help="with --seed: leave these numbers out")
    found.add_argument("-v", "--verbose", action="store_true", help="with --seed: tell everything")
    found.add_argument("--first", action="store_true", help="stop at the first failing seed")
    found.add_argument("--json", action="store_true", help="a summary as JSON in the last line")
    return found


def one(options: argparse.Namespace, out: TextIO) -> int:
    """One seed, told in full."""
    without = [int(number) for number in options.without.split(",") if number]
    with mutants.applied(options.mutant):
        planned = shrink.planned(options.seed, heavy=options.heavy, without=without)
        result = World(planned, verbose=options.verbose).run()
    trace(result, out)
    out.write(f"seed {result.seed}: {result.violation or 'all held'} ({result.ended_s:.1f} s)\n")
    return int(bool(result.violation))


def trace(result: Result, out: TextIO) -> None:
    """What happened, but for what happens all the time."""
    for line in result.trace:
        if not line.endswith(EVERYWHERE):
            out.write(line + "\n")


def many(options: argparse.Namespace, out: TextIO) -> int:
    """A range of seeds, with a line of progress."""
    began, seen, failed, done = time.monotonic(), Counter[str](), list[Result](), 0
    for result in results(options):
        done += 1
        seen += result.seen
        seen["cannot be promised"] += result.unpromised
        if result.violation:
            failed.append(result)
            tell(options, result, len(failed), out)
            if options.first:
                break
        if done % 100 == 0 or done == options.seeds:
            rate = done / (time.monotonic() - began)
            out.write(f"{done}/{options.seeds} seeds, {len(failed)} failed, {rate:.1f}/s\n")
            out.flush()
    empty = summary(options, seen, out)
    if options.json:
        numbers = [result.seed for result in failed]
        found = {"seeds": done, "failed": numbers, "missing": empty, "seen": seen}
        out.write(json.dumps(found) + "\n")
    unknown = coverage.unknown(seen)
    if unknown:
        out.write("not in the table: " + ", ".join(unknown) + "\n")
    return int(bool(failed or unknown or (empty and done >= coverage.LONG_SEEDS)))


def summary(options: argparse.Namespace, seen: Counter[str], out: TextIO) -> list[str]:
    """What happened, and what befell which commands; the cells that nothing has hit."""
    for what, count in sorted(seen.items()):
        if not coverage.is_cell(what):
            out.write(f"  {count:8} {what}\n")
    for line in coverage.table(seen):
        out.write(line + "\n")
    empty = coverage.missing(seen)
    out.write(f"{len(CELLS) - len(empty)} of {len(CELLS)} cells hit\n")
    if empty and options.seeds >= coverage.LONG_SEEDS:
        out.write("never: " + ", ".join(empty) + "\n")
    return empty


def tell(options: argparse.Namespace, result: Result, nth: int, out: TextIO) -> None:
    """A failing seed, and how to run it again."""
    if nth > SHOWN_MAX:
        return
    again = f"python -m tests.simulation --seed {result.seed}"
    again += " --heavy" if options.heavy else ""
    again += f" --mutant {options.mutant}" if options.mutant else ""
    out.write(f"seed {result.seed}: {result.violation}\n")
    if nth <= SHRUNK_MAX:
        with mutants.applied(options.mutant):
            without, least = shrink.shrunk(result.seed, heavy=options.heavy)
        trace(least, out)
        again += f" --without {','.join(map(str, without))}" if without else ""
    out.write(f"  again: {again} -v\n")


def results(options: argparse.Namespace) -> Iterator[Result]:
    """The results of all seeds, in the order of seeds."""
    work = [(seed, options.heavy, options.mutant) for seed in seeds(options)]
    if options.jobs == 1:
        yield from map(run, work)
        return
    with multiprocessing.get_context("spawn").Pool(options.jobs, hunt.quiet_logs) as pool:
        yield from pool.imap(run, work, CHUNK)


def seeds(options: argparse.Namespace) -> range:
    """Which seeds."""
    return range(options.start, options.start + options.seeds)


def run(work: tuple[int, bool, str | None]) -> Result:
    """One seed, as a process of the pool runs it."""
    seed, heavy, mutant = work
    with mutants.applied(mutant):
        return run_seed(seed, heavy=heavy)

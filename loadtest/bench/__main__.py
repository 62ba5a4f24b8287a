"""`./dev bench`: CPU per acknowledged answer, latency and memory, against peers doing the same.

Contestants alternate in one run, each on a fresh server on a core of its own; generator, Valkey
and Postgres are on the other. Needs two cores, cc and Node.js. Every ack is checked, and all that
was acknowledged is looked up in the export. What it says is explained in loadtest/bench/README.md.

With --reach how far one server reaches instead: goals in the large, each a row of its own. With
--scale nothing is run: what one core, one machine and ten machines hold, by the baselines.

Exit codes: 0 measured; 1 something acknowledged was wrong; 2 it could not be run; 130 stopped.
"""

import argparse
import datetime as dt
import os
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

from loadtest.bench import contestants
from loadtest.bench.contestants import Contestant
from loadtest.bench.floor import redis_floor
from loadtest.bench.generator import build
from loadtest.bench.house import House
from loadtest.bench.machine import machine
from loadtest.bench.reach import result as reaching
from loadtest.bench.reach.result import Reached
from loadtest.bench.reach.rows import ROWS
from loadtest.bench.reach.running import measure, settings
from loadtest.bench.result import Result, summed
from loadtest.bench.rounds import Bench, Plan, Turn, Wrong, told
from loadtest.bench.scalefigures import Missing, inputs_of
from loadtest.bench.scalepage import page
from loadtest.bench.table import against, table
from loadtest.descriptors import widen
from loadtest.office import OfficeError
from loadtest.served import NotServed, cores

FOLDER = Path(".dev/bench")
BASELINE = Path(__file__).parent.parent / "baseline" / "bench.json"
REACHED = BASELINE.with_name("reach.json")
ROUNDS, QUICK_ROUNDS = 5, 2
QUICK = Plan(warm_ms=1_500, window_ms=2_000, rates=(2_000,), flushing=())
QUICK_ONES = "examsync,node-stock,node-tuned"
REPEATS = 3
T = TypeVar("T")
EXIT_WRONG, NOT_RUN, STOPPED = 1, 2, 130


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        "./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(one.name for one in contestants.CONTESTANTS)
    made.add_argument("--quick", action="store_true", help=f"three minutes: {QUICK_ONES}")
    made.add_argument("--rounds", type=int, help=f"alternating rounds ({ROUNDS})")
    made.add_argument("--only", help=f"contestants, with commas: {names}")
    candidates = f"how many ({Plan().candidates:,}; with --reach as each row's goal says)"
    made.add_argument("--candidates", type=int, help=candidates)
    made.add_argument("--rates", help="answers a second of the open loops, with commas")
    made.add_argument("--flushing", help="the same with the flusher at work beside the generator")
    made.add_argument("--idle-ms", type=int, default=0, help="a window of heartbeats alone")
    made.add_argument("--window-ms", type=int, help="how long each window is")
    made.add_argument("--profile", metavar="NAME", help="where one contestant's time goes instead")
    made.add_argument("--reach", metavar="ROWS", help=f"all, or with commas: {', '.join(ROWS)}")
    made.add_argument("--repeat", type=int, default=REPEATS, help=f"of each row ({REPEATS})")
    made.add_argument("--scale", action="store_true", help="what many cores hold, by the baselines")
    made.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    made.add_argument(
        "--save", action="store_true", help="make this result (its rows) the baseline"
    )
    return made


def main(arguments: list[str]) -> int:
    """The exit code."""
    given = parser().parse_args(arguments)
    try:
        if given.scale:
            return scaled(BASELINE, REACHED)
        if given.reach:
            return reached(given)
        if given.profile:
            print(profiled(given))
        else:
            tell(run(given), as_json=given.json, save=given.save)
    except (NotServed, OfficeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return NOT_RUN
    except Wrong as error:
        print(f"bench: {error}", file=sys.stderr)
        return EXIT_WRONG
    except KeyboardInterrupt:
        return STOPPED
    return 0


def reached(given: argparse.Namespace) -> int:
    """The rows asked for, told; the exit code. Raises NotServed."""
    try:
        names = reaching.choose(given.reach, list(ROWS))
    except KeyError as error:
        raise NotServed(error.args[0]) from error
    found = measure(
        settings(FOLDER, given.candidates), {name: ROWS[name] for name in names}, given.repeat
    )
    write(found, FOLDER / "reach.json")
    if given.save:
        write(kept(read(REACHED, Reached), found), REACHED)
    written = msgspec.json.encode(found).decode()
    print(written if given.json else "\n" + reaching.table(found))
    return reaching.exit_code(found)


def kept(before: Reached | None, found: Reached) -> Reached:
    """The rows of a baseline with those just measured in the place of their own, in the table's
    order. A row in which something was wrong does not count (pure)."""
    rows = {row.name: row for row in before.rows} if before else {}
    rows |= {row.name: row for row in found.rows if row.name not in found.wrong}
    order = [rows[name] for name in ROWS if name in rows]
    return msgspec.structs.replace(found, rows=order, wrong={}, not_run={})


def scaled(bench: Path, reach: Path) -> int:
    """The page of what many cores hold, told; the exit code."""
    try:
        print(page(inputs_of(read(bench, Result), read(reach, Reached))))
    except Missing as error:
        print(f"bench: these figures are in no baseline:\n{error}", file=sys.stderr)
        return NOT_RUN
    return 0


def read(path: Path, kind: type[T]) -> T | None:
    """A result that was written; None if there is none."""
    return msgspec.json.decode(path.read_bytes(), type=kind) if path.exists() else None


def write(result: Result | Reached, path: Path) -> None:
    """For people, too, who compare it with another."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


def tell(result: Result, *, as_json: bool, save: bool) -> None:
    """For programs or for people, against the baseline, and into a file."""
    print(msgspec.json.encode(result).decode() if as_json else "\n" + table(result))
    if baseline := read(BASELINE, Result):
        print("\n" + against(baseline, result), file=sys.stderr)
    write(result, FOLDER / "result.json")
    if save:
        write(result, BASELINE)


def run(given: argparse.Namespace) -> Result:
    """All rounds. Raises NotServed, OfficeError, Wrong."""
    chosen = able(choose(given.only or (QUICK_ONES if given.quick else None)))
    plan, made = plan_of(given), house(chosen)
    here = machine(contestants.PEERS / "node_modules")
    turns: list[Turn] = []
    with made as shared:
        bench = Bench(shared, build(FOLDER), plan)
        floor = redis_floor(shared, contestants.scripts() / "save.lua") if not given.quick else {}
        for round_ in range(1, 1 + (given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS))):
            for one in chosen:
                turns.append(bench.turn(one, round_))
                told(turns[-1])
    result = summed(
        turns,
        {one.name: one.what for one in chosen},
        plan,
        machine=here,
        cores=(shared.server_core, shared.other_core),
        made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )
    result.redis_us = floor
    return result


def profiled(given: argparse.Namespace) -> str:
    """One contestant under a profiler. Raises NotServed, OfficeError."""
    chosen = able(choose(given.profile))
    with house(chosen) as shared:
        return Bench(shared, build(FOLDER), plan_of(given)).profile(chosen[0])


def house(chosen: list[Contestant]) -> House:
    """The storage servers, about to start; we leave the first core. Raises NotServed."""
    server, rest = cores()
    if not server:
        raise NotServed("a benchmark takes two cores: one for the server, one for all else.")
    if any(one.name.startswith("node") for one in chosen):
        contestants.install_peers()
    os.sched_setaffinity(0, rest)
    widen()
    return House(FOLDER, server, rest)


def choose(only: str | None) -> list[Contestant]:
    """The contestants named, in the table's order; all by default. Raises NotServed."""
    known = {one.name: one for one in contestants.CONTESTANTS}
    names = only.split(",") if only else list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NotServed(f"there is no {', '.join(unknown)}; there are: {', '.join(known)}.")
    return [known[name] for name in known if name in names]


def able(chosen: list[Contestant]) -> list[Contestant]:
    """Those that can run here; of the others it is said what they take. Raises NotServed."""
    for one in chosen:
        if one.missing():
            print(f"without {one.name}: {one.missing()}", file=sys.stderr)
    left = [one for one in chosen if not one.missing()]
    if not left:
        raise NotServed("nobody is left who could run here.")
    return left


def plan_of(given: argparse.Namespace) -> Plan:
    """What a round does."""
    plan = QUICK if given.quick else Plan()
    changed: dict[str, object] = {"idle_ms": given.idle_ms}
    if given.candidates:
        changed["candidates"] = given.candidates
    for name in ("rates", "flushing"):
        if getattr(given, name) is not None:
            words = getattr(given, name).split(",")
            changed[name] = tuple(int(rate) for rate in words if rate)
    if given.window_ms:
        changed["window_ms"] = given.window_ms
    return msgspec.structs.replace(plan, **changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`./dev bench`: CPU per acknowledged answer, latency and memory, against peers doing the same.

Contestants alternate in one run, each on a fresh server on a core of its own; generator, Valkey
and Postgres are on the other. Needs two cores, cc and Node.js. Every ack is checked, and all that
was acknowledged is looked up in the export.

Exit codes: 0 measured; 1 something acknowledged was wrong; 2 it could not be run.
"""

import argparse
import datetime as dt
import os
import sys
from pathlib import Path

import msgspec

from loadtest.bench import contestants
from loadtest.bench.generator import build
from loadtest.bench.house import House
from loadtest.bench.machine import machine
from loadtest.bench.result import Result, summed
from loadtest.bench.rounds import Bench, Plan, Turn, Wrong, told
from loadtest.bench.table import against, table
from loadtest.office import OfficeError
from loadtest.served import NotServed, cores

FOLDER = Path(".dev/bench")
BASELINE = Path(__file__).parent.parent / "baseline" / "bench.json"
ROUNDS = 5
QUICK_ROUNDS = 1
QUICK = Plan(warm_ms=1_500, window_ms=2_000, rates=(2_000, 5_000))
EXIT_WRONG, NOT_RUN = 1, 2


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        "./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(one.name for one in contestants.CONTESTANTS)
    made.add_argument("--quick", action="store_true", help="three minutes: one round, short")
    made.add_argument("--rounds", type=int, help=f"alternating rounds ({ROUNDS})")
    made.add_argument("--only", help=f"contestants, with commas: {names}")
    made.add_argument("--candidates", type=int, default=1_000)
    made.add_argument("--rates", help="answers a second of the open loops, with commas")
    made.add_argument("--window-ms", type=int, help="how long each window is")
    made.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    made.add_argument("--save", action="store_true", help=f"write it to loadtest/{BASELINE.name}")
    return made


def main(arguments: list[str]) -> int:
    """The exit code."""
    given = parser().parse_args(arguments)
    try:
        result = run(given)
    except (NotServed, OfficeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return NOT_RUN
    except Wrong as error:
        print(f"bench: {error}", file=sys.stderr)
        return EXIT_WRONG
    if given.json:
        print(msgspec.json.encode(result).decode())
    else:
        print("\n" + table(result))
    if BASELINE.exists():
        baseline = msgspec.json.decode(BASELINE.read_bytes(), type=Result)
        print("\n" + against(baseline, result), file=sys.stderr)
    written = msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"
    FOLDER.joinpath("result.json").write_bytes(written)
    if given.save:
        BASELINE.parent.mkdir(exist_ok=True)
        BASELINE.write_bytes(written)
    return 0


def run(given: argparse.Namespace) -> Result:
    """All rounds. Raises NotServed, OfficeError, Wrong."""
    server, rest = cores()
    if not server:
        raise NotServed("a benchmark takes two cores: one for the server, one for all else.")
    chosen = able(choose(given.only))
    plan = plan_of(given)
    here = machine(contestants.PEERS / "node_modules")
    os.sched_setaffinity(0, rest)
    program = build(FOLDER)
    if any(one.name.startswith("node") for one in chosen):
        contestants.install_peers()
    turns: list[Turn] = []
    with House(FOLDER, server, rest) as house:
        bench = Bench(house, program, plan)
        for round_ in range(1, 1 + (given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS))):
            for one in chosen:
                turns.append(bench.turn(one, round_))
                told(turns[-1])
    return summed(
        turns,
        {one.name: one.what for one in chosen},
        plan,
        machine=here,
        cores=(min(server), min(rest)),
        made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )


def choose(only: str | None) -> list[contestants.Contestant]:
    """The contestants named, in the table's order; all by default. Raises NotServed."""
    known = {one.name: one for one in contestants.CONTESTANTS}
    names = only.split(",") if only else list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NotServed(
            f"no contestant is called {', '.join(unknown)}; there are: {', '.join(known)}."
        )
    return [known[name] for name in known if name in names]


def able(chosen: list[contestants.Contestant]) -> list[contestants.Contestant]:
    """Those that can run here; of the others it is said what they take."""
    for one in chosen:
        if one.missing():
            print(f"without {one.name}: {one.missing()}", file=sys.stderr)
    return [one for one in chosen if not one.missing()]


def plan_of(given: argparse.Namespace) -> Plan:
    """What a round does."""
    plan = QUICK if given.quick else Plan()
    changed: dict[str, object] = {"candidates": given.candidates}
    if given.rates:
        changed["rates"] = tuple(int(rate) for rate in given.rates.split(","))
    if given.window_ms:
        changed["window_ms"] = given.window_ms
    return msgspec.structs.replace(plan, **changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

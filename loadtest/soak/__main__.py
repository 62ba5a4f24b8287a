"""`./dev soak`: does a server that has been through everything come back to where it began?

Starts a Valkey, a Postgres and an `examsync serve` of its own. Candidates come, answer, lose their
line, crash, take over and vanish without a word; strangers send nonsense or nothing; examiners
watch, and some stop reading; exams end and others begin. Before that and after everybody has left,
connections, tasks, rooms, what is kept in memory, descriptors, memory, Redis and Postgres are read.

With --storm so many connections (10,000) end in the same millisecond and come back at once: no
single piece of the server's work may last longer than 50 ms while they go.

Exit codes: 0 it came back; 1 something did not; 2 it could not be run; 130 stopped.
"""

import argparse
import asyncio
import os
import secrets
import sys
import time
from pathlib import Path

import msgspec

from loadtest.descriptors import widen
from loadtest.office import OfficeError
from loadtest.served import NotServed, cores
from loadtest.soak import readings, storm
from loadtest.soak.churn import Soak, Soaked
from loadtest.soak.house import House

FOLDER = Path(".dev/soak")
CONNECTIONS, STORM = 1_000, 10_000
FOR_S, WARM_S = 600.0, 360.0
"""A warm-up has to see as much at a time as the soak: three exams that overlap, and the attempts of
those that ended, which stay at hand for a while. Its memory grows for some six minutes."""
NOT_OK, NOT_RUN, STOPPED = 1, 2, 130
SETTINGS = {"EXAMSYNC_LIMITS_QUEUE_WAIT_S": "10"}
"""A watcher who reads nothing is cut after ten seconds, so that a soak sees many."""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        "./dev soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--connections", type=int, help="at a time (1,000; with --storm 10,000)")
    made.add_argument("--for", type=float, default=FOR_S, dest="for_s", help="seconds (600)")
    made.add_argument("--warm", type=float, default=WARM_S, help="seconds before the base (360)")
    made.add_argument("--seed", type=int, help="who does what (default: drawn)")
    made.add_argument("--storm", action="store_true", help="all gone at once, all back at once")
    made.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    return made


def main(arguments: list[str]) -> int:
    """The exit code."""
    given = parser().parse_args(arguments)
    connections = given.connections or (STORM if given.storm else CONNECTIONS)
    widen()
    server, rest = cores()
    if rest:
        os.sched_setaffinity(0, rest)  # what we start inherits that; the server gets its own
    try:
        with House(FOLDER, SETTINGS, server) as house:
            if given.storm:
                return stormed(house, connections, as_json=given.json)
            return soaked(house, connections, given)
    except (NotServed, OfficeError) as error:
        print(f"soak: {error}", file=sys.stderr)
        return NOT_RUN
    except KeyboardInterrupt:
        return STOPPED


def stormed(house: House, connections: int, *, as_json: bool) -> int:
    """A storm. Raises NotServed, OfficeError."""
    said = storm.storm(house, connections)
    print(msgspec.json.encode(said).decode() if as_json else storm.told(said))
    return 0 if said.ok else NOT_OK


def soaked(house: House, connections: int, given: argparse.Namespace) -> int:
    """A soak. Raises NotServed, OfficeError."""
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    soak = Soak(house, connections, seed, progress)
    said = asyncio.run(soak.run(min(given.warm, given.for_s), given.for_s))
    print(msgspec.json.encode(said).decode() if given.json else told(said))
    return 0 if said.ok else NOT_OK


def told(said: Soaked) -> str:
    """For people."""
    visits = ", ".join(f"{kind} {n}" for kind, n in said.visits.items())
    faults = [f"  {n} x {what}" for what, n in said.faults.items()]
    return "\n".join(
        [
            readings.table(said.lines),
            f"{sum(said.visits.values())} visits ({visits}); {said.answers} answers, "
            f"{said.exams} exams.",
            *(["Not as it should be:", *faults] if faults else []),
            f"{'All came back.' if said.ok else 'NOT ALL IS AS IT WAS.'} Seed {said.seed}.",
        ]
    )


def progress(text: str) -> None:
    """A line on standard error."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

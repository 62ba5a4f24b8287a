"""`./dev faults`: real servers are struck under load; is anything lost that was acknowledged?

Starts a Valkey and a Postgres of its own and processes of ExamSync with a proxy on each of their
ways, seats candidates who answer all the time, and breaks one thing after the other. After each,
every answer, submit and start that a client has an ack for is looked for in the export.

`lost` must be 0, but for rows whose clients never return: what those lose is held to the stated
limit. `back s`: until everybody had an ack again; `durable s`: until all before was in Postgres.

All of it is written to `.dev/faults/report.json`; the last line is its head, as JSON.

Exit codes: 0 every invariant held; 1 one was broken; 2 it could not be run; 130 stopped.
"""

import argparse
import asyncio
import secrets
import signal
import sys
import time
from pathlib import Path

import msgspec
from msgspec import structs

from loadtest.faults.lanes import LANES_MAX, Task, run_all, tasks
from loadtest.faults.rows import NoSuchRow, chosen, listing
from loadtest.faults.running import say
from loadtest.faults.station import NotStarted
from loadtest.faults.storage import StorageFailed
from loadtest.faults.table import HEAD, line, table
from loadtest.faults.verdict import Summary, Told, summary
from loadtest.served import NotServed, alone

FOLDER = Path(".dev/faults")
REPEAT_MAX = 100
LANES = 3
"""A row keeps a third of a core busy: mostly it waits for something."""
NOT_RUN = 2
STOPPED = 130


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        "./dev faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--only", default="", metavar="NAME[,NAME]", help="these rows alone")
    made.add_argument("--short", action="store_true", help="the selection for CI")
    made.add_argument("--list", action="store_true", help="name all rows and end")
    made.add_argument("--repeat", type=int, default=1, metavar="N", help="so often, other seeds")
    made.add_argument("--seed", type=int, help="who does what, and when (default: drawn)")
    made.add_argument(
        "--lanes", type=int, default=LANES, metavar="N", help=f"rows at a time ({LANES})"
    )
    made.add_argument("--json", action="store_true", help="all of it as JSON on stdout, no table")
    return made


async def drill(planned: list[Task], lanes: int) -> list[Told]:
    """All of it, alone in our folder. Raises what `run_all` and `alone` do, CancelledError."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = alone(FOLDER / "lock")
    try:
        for old in FOLDER.glob("lane-*/*.log"):
            old.unlink()
        say(line(HEAD))
        return await run_all(planned, FOLDER, lanes)
    finally:
        lock.close()


def main(arguments: list[str]) -> int:
    """The exit code."""
    given = parser().parse_args(arguments)
    if given.list:
        print(listing())
        return 0
    if not (1 <= given.repeat <= REPEAT_MAX and 1 <= given.lanes <= LANES_MAX):
        print(f"faults: --repeat is 1 to {REPEAT_MAX}, --lanes 1 to {LANES_MAX}.", file=sys.stderr)
        return NOT_RUN
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    began = time.monotonic()
    try:
        planned = tasks(chosen(given.only, short=given.short), seed, given.repeat)
        say(f"Seed {seed}; logs are in {FOLDER}.")
        told = asyncio.run(drill(planned, given.lanes))
    except (NoSuchRow, StorageFailed, NotStarted, NotServed) as error:
        print(f"faults: {error}", file=sys.stderr)
        return NOT_RUN
    except (KeyboardInterrupt, asyncio.CancelledError):
        return STOPPED
    took_s = time.monotonic() - began
    show(summary(told, seed, round(took_s)), as_json=given.json)
    return 0 if all(row.ok for row in told) else 1


def show(whole: Summary, *, as_json: bool) -> None:
    """For programs, or for people with a line of JSON last; all of it in our folder, too."""
    everything = msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()
    report = FOLDER / "report.json"
    report.write_text(everything + "\n")
    if as_json:
        print(everything)
        return
    again = f"./dev faults --seed {whole.seed}"
    print(f"\n{table(whole.rows)}\nIt took {whole.seconds} s; the same again: {again}")
    print(f"Every row with its figures: {report}")
    print(msgspec.json.encode(structs.replace(whole, rows=[])).decode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

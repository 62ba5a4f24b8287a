"""The command: `python -m loadtest.bots --help`."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import msgspec

from loadtest.bots import crowd
from loadtest.report import Report, write


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser("python -m loadtest.bots", description=__doc__)
    made.add_argument("--url", required=True, help="the server, as http://host:port")
    made.add_argument("--exam", required=True)
    made.add_argument("--tokens", required=True, type=Path, help=crowd.Tokens.__doc__)
    made.add_argument("--for", dest="for_s", required=True, type=float, help="seconds")
    made.add_argument("--report", required=True, type=Path, help="where to write what came of it")
    made.add_argument("--seed", type=int, default=1, help="who does what (default 1)")
    made.add_argument("--watch-only", action="store_true", help="the examiner only watches")
    return made


async def run(plan: crowd.Plan, tokens: crowd.Tokens, report: Path) -> Report:
    """Run, and write the report even if it is stopped before the time, or fails."""
    everybody = crowd.Crowd(plan, tokens)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, everybody.stop)
    try:
        await everybody.run()
    finally:
        told = everybody.report()
        write(told, report)
    return told


def main(arguments: list[str]) -> int:
    """0, or 2 if the arguments make no run."""
    given = parser().parse_args(arguments)
    if not 0 < given.for_s <= crowd.FOR_S_MAX:
        print(f"--for takes up to {crowd.FOR_S_MAX} seconds", file=sys.stderr)
        return 2
    try:
        tokens = crowd.read_tokens(given.tokens)
    except (OSError, msgspec.MsgspecError) as error:
        print(f"{given.tokens}: {error}", file=sys.stderr)
        return 2
    plan = crowd.Plan(given.url, given.exam, given.for_s, given.seed, not given.watch_only)
    told = asyncio.run(run(plan, tokens, given.report))
    print(
        f"{len(told.people)} candidates, {told.acked} answers acked, {told.resumed} resumed, "
        f"{told.monitor_deltas} monitor deltas; report in {given.report}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

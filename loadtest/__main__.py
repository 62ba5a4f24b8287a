"""`./dev loadtest`: a crowd of candidates against a server of its own, or against yours.

Runs `locust -f loadtest/locustfile.py` for so many seconds, compares every acknowledged answer,
submit and signal with the export, and ends with a table.

Exit codes: 0 all in order; 1 something was lost, late or twice, or a threshold was broken; 2 it
could not be run; 130 stopped by Ctrl-C, and nothing acknowledged was wrong.
"""

import argparse
import contextlib
import getpass
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from loadtest.served import NotServed, Served, cores
from loadtest.swarm import options
from loadtest.swarm.outcome import Outcome, table
from loadtest.swarming import Swarm, time_limit_s

FOLDER = Path(".dev/loadtest")
NOT_RUN = 2


def parser() -> argparse.ArgumentParser:
    """The arguments; those of a run are locust's too."""
    made = argparse.ArgumentParser(
        "./dev loadtest", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_of_run(made)
    made.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    made.add_argument("--processes", type=int, default=0, help="so many locust workers")
    made.add_argument("--html", type=Path, help="write locust's own report here")
    made.add_argument("--csv", help="write locust's own statistics to files of this prefix")
    there = made.add_argument_group(
        "a server that is there already",
        "By default one is started here. The way in is one of EXAMSYNC_TOKEN (an admin's), "
        "EXAMSYNC_LOGIN with EXAMSYNC_PASSWORD (an admin's), EXAMSYNC_AUTH_SECRET (the server's).",
    )
    there.add_argument("--host", help="its address, as http://host:port")
    there.add_argument("--login", help="an admin's; the password is asked for if it is not set")
    there.add_argument("--keep", action="store_true", help="do not archive the exam afterwards")
    return made


def main(arguments: list[str]) -> int:
    """The exit code."""
    given = parser().parse_args(arguments)
    try:
        options.check_of_run(given)
        with served(given) as (swarm, server):
            before_s = server.cpu_s() if server else None
            code = swarm.run()
            after_s = server.cpu_s() if server else None
            result = read(swarm.result)
    except (options.BadOption, NotServed) as error:
        print(f"loadtest: {error}", file=sys.stderr)
        return NOT_RUN
    if result is None:
        if code != NOT_RUN:  # else the reason has been said
            print(f"loadtest: nothing was measured; see {swarm.log}.", file=sys.stderr)
        return code or NOT_RUN
    if before_s is not None and after_s is not None:
        result.server_cpu_s = round(after_s - before_s, 2)
    show(result, as_json=given.json)
    return code


@contextlib.contextmanager
def served(given: argparse.Namespace) -> Iterator[tuple[Swarm, Served | None]]:
    """Locust about to run, and the server it will load if that is ours."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="examsync-loadtest-") as place:
        result = Path(place, "result.json")
        limit_s = time_limit_s(given.for_s, given.candidates)
        if given.host:
            yield Swarm(swarm_arguments(given, given.host), way_in(given), result, limit_s), None
            return
        own, others = cores()
        print("Starting Valkey, Postgres and the server ...", file=sys.stderr)
        with Served(FOLDER, own) as server:
            environment = {"EXAMSYNC_AUTH_SECRET": server.secret}
            if own:
                print(f"Server on core {min(own)}, load on {sorted(others)}.", file=sys.stderr)
            arguments = swarm_arguments(given, server.url)
            yield Swarm(arguments, environment, result, limit_s, cores=others), server


def way_in(given: argparse.Namespace) -> dict[str, str]:
    """What the environment has, and what was named or is typed now."""
    names = ("EXAMSYNC_TOKEN", "EXAMSYNC_LOGIN", "EXAMSYNC_PASSWORD", "EXAMSYNC_AUTH_SECRET")
    found = {name: os.environ[name] for name in names if os.environ.get(name)}
    if given.login:
        found["EXAMSYNC_LOGIN"] = given.login
        found.pop("EXAMSYNC_TOKEN", None)
    if given.login and "EXAMSYNC_PASSWORD" not in found:
        if not sys.stdin.isatty():
            raise options.BadOption("--login: set EXAMSYNC_PASSWORD too, or run it in a terminal")
        found["EXAMSYNC_PASSWORD"] = getpass.getpass(f"Password of {given.login}: ")
    return found


def swarm_arguments(given: argparse.Namespace, url: str) -> list[str]:
    """Locust's command line."""
    found = ["--host", url, *options.repeated(given)]
    found += ["--processes", str(given.processes)] if given.processes else []
    found += ["--html", str(given.html)] if given.html else []
    found += ["--csv", given.csv] if given.csv else []
    return found + ["--keep"] * bool(given.keep)


def read(path: Path) -> Outcome | None:
    """What came of it; None if it never came so far."""
    if not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=Outcome)


def show(result: Outcome, *, as_json: bool) -> None:
    """For programs, or for people."""
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
        return
    print()
    print(table(result))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

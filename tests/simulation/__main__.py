"""Run seeds: `python -m tests.simulation --seeds 2000 --jobs 2`; a failing one is told with the
command that runs it again. Exit code 1 if any seed failed."""

import sys

from tests.simulation.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))

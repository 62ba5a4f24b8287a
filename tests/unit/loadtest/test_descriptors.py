"""A process takes all the descriptors that it may have, and knows for how many connections."""

import subprocess
import sys

PROGRAM = """
import resource
from loadtest import descriptors
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
most = min(hard, 4096) if hard != resource.RLIM_INFINITY else 4096
resource.setrlimit(resource.RLIMIT_NOFILE, (512, most))
print(descriptors.room() == most - descriptors.SPARE)
descriptors.widen()
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most))
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
print(descriptors.room())
"""


def test_it_takes_all_and_keeps_some_for_what_is_no_connection() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "0"]

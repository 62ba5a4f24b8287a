"""A process takes all the descriptors that it may have."""

import subprocess
import sys

PROGRAM = """
import resource
from examsync.infra import descriptors
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, min(hard, 4096)))
print(descriptors.take_all(), *resource.getrlimit(resource.RLIMIT_NOFILE))
print(descriptors.take_all())
"""


def test_the_limit_is_raised_as_far_as_it_goes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    most = first.split()[0]
    assert first.split() == [most, most, most]
    assert second == most
    assert int(most) > 256

"""How many files and sockets a process may hold. For whoever connects by the thousand: the
benchmark, the soak and the drills. The server has its own (`examsync.infra.descriptors`), which we
do not use.
"""

import resource

SPARE = 256
"""For all that is no connection."""


def room() -> int:
    """How many connections this machine lets one process hold, as things are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else soft
    return max(limit - SPARE, 0)


def widen() -> None:
    """Take all the descriptors that we may have; what we start inherits that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

"""How many files and sockets this process may hold: all it is allowed to. Used by `edge.drain`."""

import sys


def take_all() -> int:
    """Raise the limit as far as it goes; what it is now, or 0 where there is none to be known.

    A shell's usual 1,024 would be met by a thousand connections; raising it needs no privilege.
    """
    if sys.platform == "win32":
        return 0
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS says unlimited and means less
            return soft
    return hard

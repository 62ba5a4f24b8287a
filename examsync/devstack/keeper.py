"""The parent of one server: a tiny process that outlives nobody.

Started by `process.py` as a script of its own (standard library only, no imports of ours). It
starts the server, passes signals on, reaps it, and stops it when whoever asked for it is gone,
however they went: the end of standard input says so on every system.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from typing import Any

PARENT_CHECK_S = 1.0  # a forked sibling may hold our input open, so the parent is looked at too
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def die_with_keeper(stop_signal: int, keeper_pid: int) -> None:
    """In the new child, after it dropped its privileges: ask Linux to signal it when we die."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
    except AttributeError:
        return  # not Linux: only a SIGKILL of the keeper itself can leave an orphan there
    if os.getppid() != keeper_pid:
        os._exit(1)


def start(spec: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the server as `spec` says; its output goes to our own standard error, the log."""
    keeper_pid = os.getpid()
    identity = {key: spec[key] for key in ("user", "group") if spec[key] is not None}
    if identity:
        identity["extra_groups"] = []
    return subprocess.Popen(
        spec["argv"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=sys.stderr,
        cwd="/",
        env=spec["env"],
        # Safe here: this process has one thread.
        preexec_fn=lambda: die_with_keeper(spec["stop_signal"], keeper_pid),  # noqa: PLW1509
        **identity,
    )


def wake_on_child_death() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader


def stop(server: subprocess.Popen[bytes], stop_signal: int, grace_s: float) -> None:
    """End the server in order; a paused one is woken first, a deaf one is killed."""
    server.send_signal(signal.SIGCONT)
    server.send_signal(stop_signal)
    try:
        server.wait(grace_s)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def keep(server: subprocess.Popen[bytes], woken: int, spec: dict[str, Any]) -> None:
    """Pass on each signal number read as one byte from standard input until either side ends."""
    parent = os.getppid()
    while server.poll() is None:
        readable, _, _ = select.select([0, woken], [], [], PARENT_CHECK_S)
        if woken in readable:
            os.read(woken, 512)
        asked = os.read(0, 1) if 0 in readable else None
        if asked == b"" or os.getppid() != parent:
            stop(server, spec["stop_signal"], spec["grace_s"])
        elif asked:
            server.send_signal(asked[0])


def main() -> int:
    """Start, tell the server's process id on standard output, and keep it."""
    spec = json.loads(sys.argv[1])
    woken = wake_on_child_death()
    for deaf_to in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the end of our input ends us. A handler, not SIG_IGN: the server would inherit that.
        signal.signal(deaf_to, lambda *_: None)
    server = start(spec)
    os.write(1, b"%d\n" % server.pid)  # the answer process.py waits for
    keep(server, woken, spec)
    return 0 if server.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

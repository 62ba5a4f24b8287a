"""Rows in which processes of ExamSync die or stand still: at any moment, and at chosen ones."""

import asyncio
import signal

from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import Shape
from loadtest.faults.proxy import Proxy, Trap
from loadtest.faults.verdict import Expected

COMMIT, BEGIN, SCRIPT = b"COMMIT", b"BEGIN", b"EVALSHA"
READ = b"XREADGROUP"
TRAPPED_WITHIN_S = 15.0


async def server_killed(drill: Drill) -> None:
    """kill -9 of the serving process, three times, at moments the dice choose."""
    for _ in range(3):
        await drill.load(1.0, 2.5)
        drill.strike()
        await drill.server.kill()
        await drill.load(0.1, 0.8)
        await drill.server.start()
        await drill.recovered()


async def trapped(drill: Drill, proxy: Proxy, pattern: bytes, *, passes: bool) -> None:
    """Wait until a request with this in it comes by; it is handed on or not, its reply never is."""
    sprung = asyncio.Event()
    proxy.trap = Trap(pattern, passes, sprung.set)
    came_s = await drill.until(sprung.is_set, TRAPPED_WITHIN_S)
    drill.claim(came_s is not None, f"no {pattern.decode()} came by: the row saw nothing")


async def server_killed_at_save(drill: Drill) -> None:
    """kill -9 with a write to Redis under way: not yet there, or there and the reply on its way."""
    for passes in (False, True, True):
        await drill.load(0.5, 1.5)
        await trapped(drill, drill.server.redis, SCRIPT, passes=passes)
        await drill.load(0.05)
        drill.strike()
        await drill.server.kill()
        drill.server.redis.cut()
        await drill.server.start()
        await drill.recovered()


async def workers_killed(drill: Drill) -> None:
    """Of two workers one is killed, and again one, five times; it comes back soon after."""
    for _ in range(5):
        await drill.load(0.5, 1.5)
        drill.strike()
        worker = drill.dice.choice(drill.house.workers)
        await worker.kill()
        await drill.load(0.0, 1.0)
        await worker.start()
    await drill.recovered()


async def worker_killed_at_commit(drill: Drill) -> None:
    """kill -9 of the only worker at COMMIT: before it, and after it with the reply on its way."""
    (worker,) = drill.house.workers
    for passes in (False, True):
        await drill.load(0.5, 1.5)
        await trapped(drill, worker.postgres, COMMIT, passes=passes)
        drill.strike()
        await worker.kill()
        worker.postgres.cut()
        await worker.start()
        await drill.recovered()


async def worker_killed_at_steps(drill: Drill) -> None:
    """kill -9 of the only worker at the other steps of a flush: reading the log, before and after
    it; at BEGIN; and when all is committed, before and after the log is told.
    """
    (worker,) = drill.house.workers
    for proxy, pattern, passes in (
        (worker.redis, READ, False),
        (worker.redis, READ, True),
        (worker.postgres, BEGIN, True),
        (worker.redis, SCRIPT, False),
        (worker.redis, SCRIPT, True),
    ):
        await drill.load(0.2, 1.0)
        await trapped(drill, proxy, pattern, passes=passes)
        drill.strike()
        await worker.kill()
        proxy.cut()
        await worker.start()
    await drill.recovered()


async def worker_frozen(drill: Drill) -> None:
    """Of two workers one is frozen with facts in hand, before it commits them; it wakes later.

    The other goes on meanwhile, and what the first does when it wakes sets nothing back.
    """
    worker = drill.dice.choice(drill.house.workers)
    await drill.load(0.5, 1.5)
    await trapped(drill, worker.postgres, COMMIT, passes=False)
    process = worker.process
    assert process is not None
    drill.strike()
    process.signal(signal.SIGSTOP)
    await drill.recovered()  # all of it, without him: also what he has in hand
    process.signal(signal.SIGCONT)
    await drill.load(1.0)
    await drill.recovered()


async def workers_in_turns(drill: Drill) -> None:
    """Two workers, frozen and woken in turns, each for one to three seconds."""
    for number in range(6):
        worker = drill.house.workers[number % 2]
        process = worker.process
        assert process is not None
        drill.strike()
        process.signal(signal.SIGSTOP)
        await drill.load(1.0, 3.0)
        process.signal(signal.SIGCONT)
    await drill.recovered()


async def server_frozen(drill: Drill) -> None:
    """SIGSTOP of the serving process for four seconds: whoever waits is served afterwards."""
    process = drill.server.process
    assert process is not None
    await drill.load(1.0)
    drill.strike()
    process.signal(signal.SIGSTOP)
    await drill.load(4.0)
    process.signal(signal.SIGCONT)
    await drill.recovered()


async def drained(drill: Drill) -> None:
    """SIGTERM under load: what is under way is finished; then the next process takes over."""
    for _ in range(2):
        await drill.load(1.0, 2.0)
        drill.strike()
        code = await drill.server.stop()
        drill.claim(code == 0, f"it did not stop in good order: exit code {code}")
        await drill.server.start()
        await drill.recovered()


WITH_WORKER = Shape(workers=1)
WITH_WORKERS = Shape(workers=2)

ROWS = (
    Row("server killed", "kill -9 of the serving process, three times", server_killed, short=True),
    Row(
        "server killed at save",
        "kill -9 with a write to Redis under way, before and after it",
        server_killed_at_save,
    ),
    Row("server frozen", "SIGSTOP of the serving process for four seconds", server_frozen),
    Row("server drained", "SIGTERM under load, twice", drained, short=True),
    Row(
        "workers killed", "kill -9 of one of two workers, five times", workers_killed, WITH_WORKERS
    ),
    Row(
        "worker killed at commit",
        "kill -9 of the only worker, just before COMMIT and just after",
        worker_killed_at_commit,
        WITH_WORKER,
        short=True,
    ),
    Row(
        "worker killed at every step",
        "kill -9 of the only worker as it reads the log, at BEGIN, as it tells the log",
        worker_killed_at_steps,
        WITH_WORKER,
    ),
    Row(
        "worker frozen at commit",
        "one of two workers stands still before COMMIT, and wakes later",
        worker_frozen,
        WITH_WORKERS,
        expected=Expected(within_s=30.0),
    ),
    Row(
        "workers in turns", "two workers frozen and woken in turns", workers_in_turns, WITH_WORKERS
    ),
)

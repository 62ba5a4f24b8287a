"""Whether a world has come to rest: outboxes empty, attempts closed and graded, nothing under way.
What is not quiet long after the last fault never will be, and that is a violation too.
"""

from typing import TYPE_CHECKING

from examsync.attempts.identity import partition
from examsync.infra import keys
from protocol.types import Grading
from tests.simulation.memory_postgres import Table
from tests.simulation.memory_streams import Stream

if TYPE_CHECKING:
    from tests.simulation.world import World


def restless(world: "World") -> list[str]:
    """What is not quiet yet."""
    found = [f"{d.instance} off" for d in world.devices if not d.running]
    for device in world.devices:
        entries = device.session.outbox.entries if device.running else []
        if entries:
            held = [(e.event, e.phase, e.rev) for e in entries]
            found.append(f"{device.instance} {device.session.state} holds {held}")
    for id_, table in world.postgres.attempts.items():
        if not table.core.closed:
            found.append(f"{id_} is {table.core.state}")
        elif table.grading is Grading.PENDING:
            found.append(f"{id_} is not graded")
        found += _behind(world, id_, table)
    for node in world.nodes():
        found += [f"{node.name} is at work" for d in node.attempts.desks.values() if not d.idle]
    if not world.examiner.idle:
        found.append("the examiner waits")
    return found + world.watching.behind()


def _behind(world: "World", id_: str, table: Table) -> list[str]:
    """What Redis holds and Postgres does not, or does not know to be durable."""
    server, p = world.redis.server, partition(id_, world.partitions)
    found, log = [], server.data.get(keys.log(p))
    if isinstance(log, Stream) and log.entries:
        found.append(f"{len(log.entries)} facts in the log of {p}")
    life = server.get(keys.epoch(p))
    durable = server.hget(keys.attempt(p, table.epoch, id_), "durable")
    here = isinstance(life, bytes) and life.startswith(b"%d:" % table.epoch)
    if here and durable is not None and durable != b"%d:%d" % (table.epoch, table.n):
        found.append(f"{id_} is said to be durable up to {durable!r} of {table.n}")
    return found

"""The join in an outbox (pure): there is one at most, and it keeps its id until it is durable.

A repeated join under a new id could take the attempt back from a device that took over meanwhile.
"""

from collections.abc import Callable
from typing import Any

from loadtest.client.entry import JOIN, Entry, Phase
from loadtest.client.outbox import Outbox
from protocol.facts import Rev

OLDEST = "0000000000000-0"
"""A lease older than any: named by who lost one it never heard of, or it would join as a new device
that takes the attempt back."""


def join(
    outbox: Outbox, exam: str, make_id: Callable[[], str], at: int, *, anew: bool = False
) -> None:
    """See to it that a join goes out at `at`, unless one is on its way.

    `anew`: as a new device would, naming no lease: the candidate takes the attempt on purpose.
    """
    entry = outbox.find(JOIN)
    if entry is not None and anew:
        outbox.drop(entry)
        entry = None
    if entry is None:
        entry = outbox.command(JOIN, {"id": make_id(), "exam": exam})
        entry.anew = anew
    elif entry.phase is Phase.IN_FLIGHT:
        return
    entry.wait(at)


def name_epoch(outbox: Outbox, exam: str, make_id: Callable[[], str], rev: Rev, at: int) -> None:
    """A server whose `rev` is of an older epoch than we have heard of has another primary beside
    it: join again, which names that epoch. Also if another device has the attempt: that refuses the
    join, but has been told."""
    if rev[0] < outbox.epoch and outbox.find(JOIN) is None:
        join(outbox, exam, make_id, at)


def known(outbox: Outbox, entry: Entry) -> dict[str, Any]:
    """What a join names when it goes: the lease and the rev this client knows by then. One by which
    the attempt was taken on purpose names the lease it was granted, once it has been.

    Of an epoch in which nothing of ours was acked yet, (epoch, 0): a server that knows of none so
    late has another primary beside it, and must be told.
    """
    said: dict[str, Any] = {}
    rev = max(outbox.rev, (outbox.epoch, 0))
    if rev > (0, 0):
        said["rev"] = rev
    if outbox.lease and (entry.saved or not entry.anew):
        said["lease"] = outbox.lease
    return said

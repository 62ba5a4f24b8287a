"""What came to the doors, held against every fact as it is committed: each fact says no more than
somebody asked for, and says it when that was due. The doors and the examiner tell it what came.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

from examsync.attempts.attempt import Attempt, command_key, kept_key
from examsync.attempts.closing import REPLAY_WINDOW_MS
from examsync.attempts.identity import partition
from examsync.exams.exam import Exam
from protocol import facts as f
from protocol import from_client
from protocol.facts import Fact
from tests.simulation.loop import EPOCH_MS
from tests.simulation.process import SKEW_MS

if TYPE_CHECKING:
    from tests.simulation.world import World

Holds = dict[str, tuple[str, int]]

UNDER_ONE_ID = (f.TakeoverRequested, f.LeaseGranted)
"""A join keeps its id while it waits, and until it is durable."""
NUMBERS = 1_000
"""A device says that this much times its number, and one more for each answer, was spent on it:
so the order in which answers were made is in the facts."""
KEEP_OPEN = ("Extend", "Pause")
"""Acts that move the end of an attempt."""
ORDER = "order:"
"""What an attempt does by an order of its exam has such an id."""


class Witness:
    """Of one world."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._arrived: dict[tuple[str, str, str, int], set[int]] = defaultdict(set)
        self._made: dict[tuple[str, str, str, int], int] = {}
        self._held: dict[tuple[str, str], list[Holds]] = defaultdict(list)
        self._leases: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._knew: dict[tuple[str, str, int], int] = {}
        """By attempt, command and arrival: the exam's last order that was known there and then."""
        self._began: dict[str, int] = defaultdict(int)
        self._grants: dict[tuple[str, str], int] = defaultdict(int)

    # --- what comes -------------------------------------------------------------------------------

    def answer(self, attempt: str, by: str, answer: from_client.Answer, arrived: int) -> None:
        """An answer is at a door."""
        self._arrived[attempt, by, answer.item, answer.seq].add(arrived)
        if answer.spent_ms is not None:
            self._made[attempt, by, answer.item, answer.seq] = answer.spent_ms

    def made(self, attempt: str, instance: str, item: str, seq: int) -> int | None:
        """The number that a device gave to its answer of this seq, which it gives to no other."""
        return self._made.get((attempt, f"candidate:{instance}", item, seq))

    def join(self, attempt: str, join: from_client.Join) -> None:
        """A device asks to write."""
        self._leases[attempt, join.id].add(join.lease or "")

    def submit(self, attempt: str, submit: from_client.Submit) -> None:
        """A candidate hands in, and says what there is."""
        self._held[attempt, submit.id].append(dict(submit.holds))

    def begins(self, attempt: str, id_: str, arrived: int, exam: Exam | None) -> None:
        """A start, or an examiner who reopens, is at a process that knows this of the exam."""
        orders = exam.orders if exam is not None else ()
        known = max((order.n for order in orders if order.at <= arrived), default=0)
        self._knew[attempt, id_, arrived] = known

    # --- what was made of it ----------------------------------------------------------------------

    def committed(self, fold: Attempt, fact: Fact) -> None:
        """A fact has entered the chain of an attempt that was `fold` before."""
        self._once(fold, fact)
        match fact.body:
            case f.AnswerSaved() if not fact.body.replayed:
                self._answered(fold, fact, fact.body)
            case f.LeaseGranted():
                self._granted(fold, fact, fact.body)
            case f.Submitted() if self._held.get((fold.id, fact.body.id)):
                self._submitted(fold, fact.body)
            case f.Expired() | f.Absent():
                self._expired(fact, fact.body)
                self._waited(fold, fact)
        self._ordered(fold, fact)

    def _once(self, fold: Attempt, fact: Fact) -> None:
        key = command_key(fact)
        if key in fold.commands and not isinstance(fact.body, UNDER_ONE_ID):
            self._wrong(f"{key} of {fold.id} had its effect twice")

    def _answered(self, fold: Attempt, fact: Fact, body: f.AnswerSaved) -> None:
        if body.arrived not in self._arrived[fold.id, fact.by, body.item, body.seq]:
            self._wrong(f"{body.item} of {fold.id} did not arrive when it is said to have arrived")
        stands = fold.responses.get(body.item)
        if stands is None or stands.spent_ms is None or body.spent_ms is None:
            return
        if same(stands.spent_ms, body.spent_ms) and body.spent_ms < stands.spent_ms:
            self._wrong(f"{body.item} of {fold.id}: what was answered before took the place")

    def _granted(self, fold: Attempt, fact: Fact, body: f.LeaseGranted) -> None:
        core = fold.core
        newest = max((core.lease, *(held.lease for held in fold.responses.values())))
        if body.lease <= newest:
            self._wrong(f"{fold.id}: lease {body.lease} is not newer than {newest}")
        if core.lease and core.instance != body.instance:
            named = self._leases[fold.id, body.id]
            if all("" < lease < core.lease for lease in named):
                self._wrong(f"{fold.id}: {body.instance} was given back what it had lost")
            self._took(fold, fact, body.instance)

    def _took(self, fold: Attempt, fact: Fact, instance: str) -> None:
        """A device takes over: once, and then only on purpose."""
        device = next(d for d in self.world.devices if d.instance == instance)
        self._grants[fold.id, instance] += 1
        meant = 1 + device.purposes + len(device.forgot)
        if self._grants[fold.id, instance] > meant and not self.world.faults.data_lost:
            self._wrong(f"{fold.id}: {instance} took the attempt back by itself")

    def _submitted(self, fold: Attempt, body: f.Submitted) -> None:
        if not any(_all_there(fold, holds) for holds in self._held[fold.id, body.id]):
            self._wrong(f"{fold.id} was handed in without answers that the submit names")

    def _expired(self, fact: Fact, body: f.Expired | f.Absent) -> None:
        grace_ms = self.world.plan.terms.grace_ms
        if fact.at < body.closed_at + grace_ms:
            self._wrong(f"{fact.attempt} was closed {body.closed_at - fact.at} ms before its time")

    def _waited(self, fold: Attempt, fact: Fact) -> None:
        """Of a life of Redis that has just begun nobody knows yet what it lacks: who was promised
        time, or was told that he has started, says it again before the sweep closes anything."""
        world = self.world
        began_s = world.postgres.claimed_at.get((partition(fold.id, world.partitions), fact.epoch))
        if began_s is None or world.faults.clock_moved:
            return
        promised = self._promised(fold.id) - fold.commands.keys()
        late_ms = fact.at - EPOCH_MS - int(began_s * 1_000)
        if promised and late_ms < REPLAY_WINDOW_MS - SKEW_MS:
            said = ", ".join(sorted(promised))
            self._wrong(
                f"{fold.id} was closed {late_ms} ms into a life that had yet to hear {said}"
            )

    def _promised(self, id_: str) -> set[str]:
        """The acked commands that keep an attempt open."""
        acked = self.world.examiner.acked.items()
        ids = {id for id, (kind, of, _) in acked if of == id_ and kind in KEEP_OPEN}
        for device in self.world.devices:
            for ledger in device.ledgers if device.attempt == id_ else ():
                ids |= {each.id for each in ledger.commands if each.event == "start"}
        return ids

    def _ordered(self, fold: Attempt, fact: Fact) -> None:
        """Orders that were known when an attempt began, or was reopened, are not for it."""
        match fact.body:
            case f.Started(id=id_, started_at=at) | f.Reopened(id=id_, reopened_at=at):
                self._began[fold.id] = self._knew.get((fold.id, id_, at), self._began[fold.id])
        id_ = getattr(fact.body, "id", "")
        if id_.startswith(ORDER) and int(id_.removeprefix(ORDER)) <= self._began[fold.id]:
            self._wrong(f"{fold.id} carried out an order that was known when it began")

    def _wrong(self, what: str) -> None:
        self.world.violated(what)


def same(one: int, other: int) -> bool:
    """Whether one device has numbered both answers."""
    return one // NUMBERS == other // NUMBERS


def _all_there(fold: Attempt, holds: Holds) -> bool:
    for item, (lease, seq) in holds.items():
        stands = fold.responses.get(item)
        newer = stands is not None and stands.version >= (lease, seq)
        if not newer and kept_key(item, lease, seq) not in fold.commands:
            return False
    return True

"""What must hold, checked against the record that the world itself keeps: at every commit, at
every drop from an outbox, and at the end.
"""

from typing import TYPE_CHECKING

from examsync.attempts import seal, timing
from examsync.attempts.attempt import Attempt, apply, kept_key
from examsync.attempts.verify import verify
from examsync.exams.exam import Order
from loadtest.client.entry import Entry, Phase
from protocol import facts as f
from protocol.facts import Fact
from protocol.types import CLOSED_STATES, OPEN_STATES, AttemptState, Grading, LatePolicy
from tests.simulation.loop import EPOCH_MS
from tests.simulation.memory_postgres import Table, evidence
from tests.simulation.process import SKEW_MS
from tests.simulation.promise import recorded
from tests.simulation.timeline import HEALED_S

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.world import World

S = AttemptState
RUNNING = frozenset({S.IN_PROGRESS, S.PAUSED})
ALLOWED: dict[type, frozenset[AttemptState]] = {
    f.LeaseGranted: OPEN_STATES,
    f.TakeoverRequested: OPEN_STATES,
    f.TakeoverApproved: frozenset(S),
    f.Started: frozenset({S.NOT_STARTED}),
    f.Submitted: RUNNING,
    f.Expired: RUNNING,
    f.Absent: frozenset({S.NOT_STARTED}),
    f.Terminated: OPEN_STATES,
    f.Paused: frozenset({S.IN_PROGRESS}),
    f.Resumed: frozenset({S.PAUSED}),
    f.Extended: OPEN_STATES,
    f.Reopened: CLOSED_STATES,
    f.HandRaised: OPEN_STATES,
}
"""In which states a fact may happen; those not named here may happen in any."""
OBEYED_MS = 8_000
"""Processes look for orders nobody told them of every few seconds."""


class Checks:
    """The invariants of one world."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.folds: dict[str, Attempt] = {}

    # --- at every commit --------------------------------------------------------------------------

    def committed(self, id_: str, facts: list[Fact]) -> None:
        """Facts have entered an attempt's main chain."""
        fold = self.fold(id_)
        for fact in facts:
            self._links(fold, fact)
            self._may(fold, fact)
            self.world.witness.committed(fold, fact)
            fold = apply(fold, fact)
        self.folds[id_] = fold

    def fold(self, id_: str) -> Attempt:
        """An attempt as the facts that were committed make it."""
        return self.folds.get(id_) or self.genesis(id_)

    def genesis(self, id_: str) -> Attempt:
        """An attempt without facts."""
        table = self.world.postgres.attempts[id_]
        head = seal.genesis(self.world.keys.chain, id_)
        return Attempt(id_, table.seat, 0, 0, head, type(table.core)(), {}, {}, salt=table.salt)

    def _links(self, fold: Attempt, fact: Fact) -> None:
        if fact.prev != fold.head or fact.n != fold.n + 1 or fact.epoch < fold.epoch:
            self._wrong(f"fact {fact.n} of {fact.attempt} does not build on the one before")
        if seal.fact_hash(self.world.keys.chain, fact, fold.salt) != fact.hash:
            self._wrong(f"fact {fact.n} of {fact.attempt} has a wrong hash")

    def _may(self, fold: Attempt, fact: Fact) -> None:
        kind = type(fact.body)
        state = fold.core.state
        if kind in ALLOWED and state not in ALLOWED[kind]:
            self._wrong(f"{kind.__name__} in an attempt that is {state}")
        if isinstance(fact.body, f.AnswerSaved):
            self._counts(fold, fact.body)

    def _counts(self, fold: Attempt, body: f.AnswerSaved) -> None:
        stands = fold.responses.get(body.item)
        if stands is not None and (body.lease, body.seq) <= stands.version:
            self._wrong(f"{body.item}: an older version was saved over a newer one")
        # two primaries: the one has acked what the other, asked later, finds late and keeps aside;
        # the receipt of the first then counts
        aside = kept_key(body.item, body.lease, body.seq) in fold.commands
        if aside and not body.replayed:
            self._wrong(f"{body.item}: a version that was kept aside is counted")
        if not body.replayed and body.lease != fold.core.lease:
            self._wrong(f"{body.item}: saved under a lease that does not stand")

    # --- at every drop from an outbox -------------------------------------------------------------

    def dropped(self, device: "Device", before: list[Entry]) -> None:
        """What left an outbox as durable has to be in Postgres."""
        after = device.session.outbox.entries
        durable = device.session.outbox._kept.durable
        for entry in before:
            if entry in after or entry.phase is not Phase.ACKED or not entry.durable_by(durable):
                continue
            fold = self.fold(device.attempt)
            if entry.item is not None:
                stands = fold.responses.get(entry.item)
                kept = kept_key(entry.item, entry.lease, entry.seq) in fold.commands
                newer = stands is not None and stands.version >= entry.version
                self._lies(newer or kept, f"{entry.item} {entry.version}")
            elif entry.event not in ("join", "start", "submit", "acknowledge"):
                self._lies(entry.body["id"] in fold.commands, entry.body["id"])
            elif entry.event == "start":
                started = fold.core.started_at is not None
                self._lies(started or recorded(fold, "start"), "start")
            elif entry.event == "submit":
                self._lies(fold.core.closes > 0, "submit")

    def act_durable(self, act_id: str, attempt: str) -> None:
        """An examiner has been told that an act is durable."""
        fold = self.fold(attempt)
        self._lies(act_id in fold.commands, act_id)

    def _lies(self, there: bool, what: str) -> None:
        if not there:
            self._wrong(f"durable lied: {what} was dropped and is not in Postgres")

    # --- at the end -------------------------------------------------------------------------------

    def final(self) -> None:
        """After healing and draining."""
        for id_, table in self.world.postgres.attempts.items():
            fold = self.fold(id_)
            self._same(id_, table, fold)
            self._graded(id_, table)
            self._in_time(id_)
            if not self.world.faults.clock_moved:
                self._obeyed(id_, fold)
            self._verified(id_, table)

    def _obeyed(self, id_: str, fold: Attempt) -> None:
        """Who orders everybody's end is obeyed soon: also by those who begin at that moment."""
        exam = self.world.exam_now()
        ends = (e.at + 2 * e.seconds for e in self.world.plan.events if e.kind == "fault")
        healed = EPOCH_MS + int(min(max(ends, default=0.0), HEALED_S) * 1_000)
        again = [order.at for order in exam.orders if order.kind == "reopen"]
        alone = [
            fact.body.reopened_at
            for fact in self.world.postgres.attempts[id_].main.values()
            if isinstance(fact.body, f.Reopened)
        ]
        for order in exam.orders:
            soon = max(order.at, healed) + OBEYED_MS
            ended = fold.core.closed_at is not None and fold.core.closed_at <= soon
            last = max([*again, *alone], default=0)
            if _is_for(order, fold) and last < order.at and not ended:
                self._wrong(f"{id_} went on after everybody's end")

    def _same(self, id_: str, table: Table, fold: Attempt) -> None:
        if list(table.main) != list(range(1, fold.n + 1)):
            self._wrong(f"{id_}: the numbers of its facts have gaps")
        if (table.n, table.head, table.core) != (fold.n, fold.head, fold.core):
            self._wrong(f"{id_}: the row is not what its facts say")
        if table.responses != fold.responses:
            self._wrong(f"{id_}: the responses are not what the facts say")
        if table.commands != fold.commands:
            self._wrong(f"{id_}: the commands are not what the facts say")
        if not fold.core.closed:
            self._wrong(f"{id_}: still open")

    def _verified(self, id_: str, table: Table) -> None:
        """What people run, `examsync verify`, finds nothing: not even among the branches."""
        found = verify(self.world.keys.chain, evidence(id_, table)).findings
        if found:
            self._wrong(f"{id_}: verify found {found}")

    def _graded(self, id_: str, table: Table) -> None:
        closes = [which for which, _ in table.grades]
        if len(set(closes)) != len(closes):
            self._wrong(f"{id_}: a close was graded twice")
        if table.grading not in (Grading.GRADED, Grading.REGRADE_PROPOSED):
            self._wrong(f"{id_}: grading is {table.grading}")
        elif closes[-1] != table.core.closes:
            self._wrong(f"{id_}: the last close was not graded")
        elif table.grading is Grading.GRADED and table.grades[-1][1] != table.responses:
            self._wrong(f"{id_}: graded without all that it holds")

    def _in_time(self, id_: str) -> None:
        """Nothing late counts without a receipt. Grants only ever move a deadline later, so what
        is late even by the exam as it is now was late then."""
        exam = self.world.exam_now(id_)
        fold = self.genesis(id_)
        for fact in self.world.postgres.attempts[id_].main.values():
            body = fact.body
            if isinstance(body, f.AnswerSaved) and not body.replayed:
                ends = timing.accept_until(fold, exam, body.arrived)
                late_counts = exam.terms.late_policy is LatePolicy.ACCEPT
                if ends is None or (body.arrived > ends and not late_counts):
                    self._wrong(f"{id_}: {body.item} came late and counts")
            fold = apply(fold, fact)

    def _wrong(self, what: str) -> None:
        self.world.violated(what)


def _is_for(order: Order, fold: Attempt) -> bool:
    """Whether an order ends this attempt: all that are open, or all that run by then."""
    began = fold.core.started_at
    if order.kind == "submit_for":
        return began is not None and began + SKEW_MS < order.at
    return order.kind == "terminate"

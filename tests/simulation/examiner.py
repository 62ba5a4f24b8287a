"""An examiner: acts on one attempt or on the whole exam, kept and repeated until durable.

A repeat carries the act's receipt, as any sender's does; exam-wide acts are durable when acked.
"""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from examsync.attempts import bulk, replies
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.errors import ExamError, Unavailable
from protocol import from_client
from protocol.facts import Rev
from protocol.from_server import Refused
from tests.simulation.points import LATE_AFTER, LATE_BEFORE, LOST_AFTER, LOST_BEFORE, TWICE

if TYPE_CHECKING:
    from tests.simulation.node import Worker
    from tests.simulation.world import World

AGAIN_S, LOOK_S, LATENCY_S, LATE_S = 1.5, 2.0, 0.02, 4.0
BY = "examiner:x"


class Errand(Struct, eq=False):
    """One act on one attempt, and how far it has come."""

    act: Any
    attempt: str
    rev: Rev | None = None
    receipt: str = ""
    epoch: int = 0
    sent_at: float = -10.0
    over: bool = False


class Examiner:
    """Acts through whatever worker answers."""

    def __init__(self, world: "World", exam: str) -> None:
        self.world = world
        self.exam = exam
        self.errands: list[Errand] = []
        self.acked: dict[str, tuple[str, str, str]] = {}
        """Of acts on one attempt that were acked: id -> (kind, attempt, receipt)."""
        self.exam_wide: dict[str, float] = {}
        """Of acts on the exam that were acked: id -> when (virtual seconds)."""
        self.waiting: dict[str, Any] = {}
        self._ids = 0

    def id(self) -> str:
        """A new id."""
        self._ids += 1
        return f"act-{self._ids}"

    def on_one(self, kind: str, attempt: str) -> None:
        """Act on an attempt."""
        self.errands.append(Errand(self._act(kind, [attempt]), attempt))

    def on_all(self, kind: str, *, once: bool = False) -> None:
        """Act on the whole exam; `once`: and be gone, whatever comes of it."""
        act = self._act(kind, "all")
        if once:
            worker = self.world.any_worker()
            if worker is not None:
                self._go(worker, None, self._begin, act)
            return
        self.waiting[act.id] = act
        self.world.loop.create_task(self._insist(act))

    def _act(self, kind: str, targets: Any) -> Any:
        more: dict[str, Any] = {"reason": "so"}
        if kind in ("extend", "reopen"):
            more["extra_ms"] = self.world.dice.randrange(2_000, 9_000)
        if kind == "message":
            more = {"text": "hear"}
        type_ = from_client.EVENTS_MONITOR[kind]
        return type_(id=self.id(), exam=self.exam, attempts=targets, **more)

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be done."""
        return not self.waiting and all(errand.over for errand in self.errands)

    # --- on one -----------------------------------------------------------------------------------

    def turn(self) -> None:
        """Send what is due, look after what is acked; called by the world all the time."""
        now = self.world.loop.time()
        for errand in self.errands:
            if errand.over:
                continue
            waits = errand.rev is None or errand.rev[0] < errand.epoch
            if now - errand.sent_at < (AGAIN_S if waits else LOOK_S):
                continue
            worker = self.world.any_worker()
            if worker is None:
                continue
            errand.sent_at = now
            if waits:
                fault = self.world.strikes.at("examiner one")
                self._go(worker, fault, self._send, errand)
            else:
                worker.process.later(LATENCY_S, self._look, worker, errand)

    def _go(self, worker: "Worker", fault: str | None, call: Any, what: Any) -> None:
        """On its way to a worker: lost, late, twice, or as it should."""
        if fault == LOST_BEFORE:
            return
        late = LATE_S if fault == LATE_BEFORE else 0.0
        for _ in range(2 if fault == TWICE else 1):
            worker.process.later(late + LATENCY_S, call, worker, what, fault)

    def _send(self, worker: "Worker", errand: Errand, fault: str | None) -> None:
        act = errand.act
        if errand.receipt:
            act = type(act)(**{**_fields(act), "receipts": {errand.attempt: errand.receipt}})
        arrived = worker.process.now()
        sitter = Sitter(errand.attempt, BY)
        if isinstance(act, from_client.Reopen):
            exam = worker.exams.get(self.exam)
            self.world.witness.begins(errand.attempt, act.id, arrived, exam)
        pending = worker.attempts.act(arrived, sitter, act, self.exam)
        pending.then(lambda reply: self._reply(worker, errand, reply, fault))

    def _look(self, worker: "Worker", errand: Errand) -> None:
        worker.process.start(self._ask(worker, errand))

    async def _ask(self, worker: "Worker", errand: Errand) -> None:
        """Ask storage, not memory, as `bulk.durable` does: the flusher is another process."""
        try:
            await worker.attempts.view(errand.attempt)  # so that it is there to be asked for
            durable = await worker.attempts.durable_in_store(errand.attempt)
            await worker.process.gate()
        except ConnectionError:
            return
        if durable is not None:
            self._seen(errand, durable)

    def _reply(self, worker: "Worker", errand: Errand, reply: Reply, fault: str | None) -> None:
        if not worker.process.alive:
            return  # nobody hears of the end that a command has in a process that has ended
        self.world.replied(reply)
        if fault == LOST_AFTER:
            return
        if self.world.dice.random() >= self.world.network.drop:
            late = LATE_S if fault == LATE_AFTER else 0.0
            self.world.loop.call_later(late + LATENCY_S, self._acked, errand, reply)

    def _acked(self, errand: Errand, reply: Reply) -> None:
        no = replies.refused(reply)
        if no is not None:
            self._refused(errand, no)
            return
        assert reply.attempt is not None
        assert reply.decision is not None
        rev = reply.attempt.rev
        receipt = replies.receipt(self.world.keys, reply.attempt, reply.decision)
        if errand.receipt and errand.receipt != receipt:
            self.world.violated(f"{errand.act.id}: a repeat got another receipt")
        errand.receipt = receipt
        if errand.rev is None or rev[0] > errand.rev[0]:
            errand.rev = rev
        errand.epoch = max(errand.epoch, rev[0])
        kind = type(errand.act).__name__
        self.acked.setdefault(errand.act.id, (kind, errand.attempt, receipt))

    def _refused(self, errand: Errand, no: Refused) -> None:
        if no.problem.retry or errand.over:
            return
        errand.over = True
        if errand.receipt:
            self.world.violated(f"{errand.act.id} was acked, and then refused: {no.problem.code}")

    def _seen(self, errand: Errand, durable: Rev) -> None:
        if errand.rev is None or errand.over:
            return
        errand.epoch = max(errand.epoch, durable[0])
        if durable[0] == errand.rev[0] and durable[1] >= errand.rev[1]:
            errand.over = True
            self.world.checks.act_durable(errand.act.id, errand.attempt)

    # --- on all -----------------------------------------------------------------------------------

    async def _insist(self, act: Any) -> None:
        while act.id in self.waiting:
            worker = self.world.any_worker()
            if worker is not None:
                fault = self.world.strikes.at("examiner all")
                self._go(worker, fault, self._begin, act)
            await self.world.sleep(AGAIN_S)

    def _begin(self, worker: "Worker", act: Any, fault: str | None) -> None:
        worker.process.start(self._on_exam(worker, act, fault))

    async def _on_exam(self, worker: "Worker", act: Any, fault: str | None) -> None:
        try:
            await bulk.act(worker.attempts, worker.exams, worker.process.now(), BY, act)
        except ExamError as refusal:
            if not refusal.problem.retry:
                self.waiting.pop(act.id, None)
        except (Unavailable, ConnectionError):
            return
        else:
            await worker.process.gate()
            if fault == LOST_AFTER:
                return
            if fault == LATE_AFTER:
                await self.world.sleep(LATE_S)
            self.exam_wide.setdefault(act.id, self.world.loop.time())
            self.waiting.pop(act.id, None)


def _fields(act: Any) -> dict[str, Any]:
    return {name: getattr(act, name) for name in act.__struct_fields__}

"""A world: machines, processes, people, and what happens to them; one seed is one run of it."""

import asyncio
import random
import traceback
from collections import Counter
from typing import Any, TypeVar

from msgspec import Struct

from examsync.attempts import seal
from examsync.attempts.attempt import Attempt, Seat
from examsync.attempts.desk import Reply
from examsync.attempts.identity import attempt_id
from examsync.errors import Unavailable
from examsync.exams.exam import Exam, apply
from protocol.facts import Fact
from protocol.problems import Code
from tests.simulation import plan as planning
from tests.simulation.checks import Checks
from tests.simulation.device import Device
from tests.simulation.door import Asked
from tests.simulation.examiner import Examiner
from tests.simulation.faults import Faults
from tests.simulation.host import RedisHost
from tests.simulation.loop import VirtualLoop, forget
from tests.simulation.memory_postgres import MemoryPostgres, Table
from tests.simulation.monitored import Watching
from tests.simulation.network import Network
from tests.simulation.node import Background, Node, Worker
from tests.simulation.plan import Plan
from tests.simulation.process import task_factory
from tests.simulation.promise import Promise
from tests.simulation.refusals import Refusals
from tests.simulation.rest import restless
from tests.simulation.scene import GONE
from tests.simulation.strikes import Strikes
from tests.simulation.timeline import HEALED_S, Event
from tests.simulation.witness import Witness

EXAM = "exam"
KEYS = seal.Keys(b"chain" * 4, {"1": b"receipt" * 4}, "1")
STEP_S = 0.25
LIMIT_S = 160.0
"""The last exam has ended long before; what is not quiet by now never will be."""


Kind = TypeVar("Kind", Worker, Background)


class Violation(Exception):
    """Something that must hold did not."""


class Result(Struct):
    """What became of a seed."""

    seed: int
    violation: str
    seen: Counter[str]
    ended_s: float
    unpromised: int
    trace: list[str]


class World:
    """Everything there is in one run."""

    def __init__(self, plan: Plan, *, verbose: bool = False) -> None:
        self.plan = plan
        self.loop = VirtualLoop()
        self.loop.set_task_factory(task_factory)
        self.loop.set_exception_handler(self._unhandled)
        self.dice = random.Random(f"chance {plan.seed}")
        self.keys = KEYS
        self.partitions = plan.partitions
        self.news_lost = plan.news_lost
        self.no_pool: Any = None
        self.counts: Counter[str] = Counter()
        self.violation = ""
        self.trace: list[str] | None = [] if verbose else None
        self.redis = RedisHost(self.loop, self.dice, self.seen, harsh_ids=plan.harsh_ids)
        self.postgres = MemoryPostgres(self.loop, self.dice, self.seen)
        self.network = Network(self.loop, self.dice, self.seen)
        self.strikes = Strikes(self, plan.strikes, HEALED_S)
        for place in (self.redis, self.postgres, self.network):
            place.strikes = self.strikes
        self.checks = Checks(self)
        self.promise = Promise(self)
        self.witness = Witness(self)
        self.postgres.watch = self.checks.committed
        self.faults = Faults(self)
        self.refusals = Refusals(self)
        self.workers: list[Worker] = []
        self.backgrounds: list[Background] = []
        self._births = 0
        self._register()
        self.examiner = Examiner(self, EXAM)
        self.devices = self._devices()
        self.watching = Watching(self, EXAM)

    def _register(self) -> None:
        self.postgres.exams[EXAM] = Exam(EXAM, "Exam", "paper", self.plan.terms)
        self.postgres.exam_facts[EXAM] = []
        self.ids: list[str] = []
        for number in range(len(self.plan.devices)):
            seat = Seat(EXAM, f"c{number}")
            id_ = attempt_id(EXAM, seat.candidate)
            self.ids.append(id_)
            head = seal.genesis(KEYS.chain, id_)
            self.postgres.attempts[id_] = Table(seat, head, f"salt of {id_}")

    def _devices(self) -> list[Device]:
        names = [
            (f"d{number}{nth}", self.ids[number])
            for number, many in enumerate(self.plan.devices)
            for nth in range(many)
        ]
        return [Device(self, at, name, (id_, EXAM)) for at, (name, id_) in enumerate(names)]

    # --- running ----------------------------------------------------------------------------------

    def run(self) -> Result:
        """From the beginning until all is quiet, or something is wrong."""
        asyncio.set_event_loop(None)
        try:
            self.loop.run_until_complete(self._live())
        except Violation:
            pass
        finally:
            ended = self.loop.time()
            forget(self.loop)
        return Result(
            self.plan.seed,
            self.violation,
            self.counts,
            ended,
            self.promise.unpromised,
            self.trace or [],
        )

    async def _live(self) -> None:
        for _ in range(self.plan.workers):
            self.workers.append(self._born(Worker))
        for _ in range(self.plan.backgrounds):
            self.backgrounds.append(self._born(Background))
        for event in self.plan.events:
            if event.kind == "fault":
                self.faults.schedule(event)
            else:
                self.loop.call_at(event.at, self._happen, event)
        self.loop.call_at(HEALED_S, self.faults.heal)
        while self.loop.time() < LIMIT_S:
            await asyncio.sleep(STEP_S)
            self.promise.step()
            self.watching.step()
            if self.violation:
                raise Violation
            self.examiner.turn()
            if self.loop.time() > HEALED_S + 5 and not restless(self):
                self.checks.final()
                self.promise.final()
                self.refusals.final()
                return
        self.violated("not quiet: " + ", ".join(restless(self)))

    def _happen(self, event: Event) -> None:
        self.note(f"{event.kind} {event.what} {event.who}")
        if event.kind == "device":
            self._device(self.devices[event.who], event)
        elif event.kind == "watch":
            self.watching.begin()
        elif event.kind == "one":
            self.examiner.on_one(event.what, self.ids[event.who])
        else:
            self.examiner.on_all(event.what, once=event.who == GONE)

    def _device(self, device: Device, event: Event) -> None:
        if event.what == "open":
            device.open()
        elif event.what == "offline":
            if device.link is not None:
                device.link.cut()
        else:
            device.act(event.what)

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    # --- who is there -----------------------------------------------------------------------------

    def _born(self, kind: type[Kind]) -> Kind:
        self._births += 1
        node = kind(self, f"{kind.__name__.lower()}{self._births}")
        node.process.run(node.start)
        return node

    def replace(self, slots: list[Any], which: int, seconds: float) -> None:
        """A process dies; after a while another takes its place."""
        node = slots[which]
        if not node.process.alive:
            return
        node.kill()
        self.loop.call_later(seconds, self._rise, slots, which, type(node))

    def _rise(self, slots: list[Any], which: int, kind: Any) -> None:
        slots[which] = self._born(kind)

    def nodes(self) -> list[Node]:
        """All processes that live."""
        return [node for node in (*self.workers, *self.backgrounds) if node.process.alive]

    def any_worker(self) -> Worker | None:
        """A worker that can be reached."""
        up = [w for w in self.workers if w.process.alive and not w.process.paused]
        return self.dice.choice(up) if up else None

    def dial(self, device: Device) -> None:
        """Connect a device to any worker."""
        self.network.dial(device, device.instance, self.any_worker())

    def exam_now(self, _id: str = "") -> Exam:
        """The exam as Postgres has it."""
        exam = self.postgres.exams[EXAM]
        for fact in self.postgres.exam_facts[EXAM]:
            exam = apply(exam, fact)
        return exam

    # --- what is noticed --------------------------------------------------------------------------

    def confirmed(self, before: Attempt, after: Attempt, fact: Fact) -> None:
        """A worker holds a fact for written."""
        self.refusals.confirmed(fact)
        if self.trace is not None:
            self.note(f"  {after.id[:4]} {fact.epoch}.{fact.n} {fact.body}")

    def asked(self, asked: Asked, reply: Reply) -> None:
        """A worker answers a candidate; of a dead one nobody hears that."""
        if asked.process.alive:
            self.replied(reply)
            self.refusals.asked(asked, reply)

    def replied(self, reply: Reply) -> None:
        """A worker answers somebody."""
        if reply.problem is not None:
            self.counts[f"refused {reply.problem.code}"] += 1
            if reply.problem.code is Code.INTERNAL:
                self.violated("an internal error was answered")

    def seen(self, what: str) -> None:
        """Something happened that is worth counting."""
        self.counts[what] += 1
        if what != "flushed":
            self.note(f"* {what}")

    def note(self, what: str) -> None:
        """A line of the trace."""
        if self.trace is not None:
            self.trace.append(f"{self.loop.time():8.3f} {what}")

    def defect(self, error: BaseException) -> None:
        """The code under test has failed."""
        self.violated("defect: " + "".join(traceback.format_exception(error)))

    def _unhandled(self, _loop: object, context: dict[str, Any]) -> None:
        """asyncio found an exception that nobody took."""
        error = context.get("exception")
        if isinstance(error, OSError | Unavailable):
            self.counts[f"left lying: {type(error).__name__}"] += 1
        elif error is not None:
            self.defect(error)
        else:
            self.violated(f"defect: {context['message']}")

    def violated(self, what: str) -> None:
        """Something that must hold did not: the first one counts."""
        self.note(f"! {what}")
        self.violation = self.violation or what


def run_seed(seed: int, *, heavy: bool = False, verbose: bool = False) -> Result:
    """Run one seed."""
    return World(planning.plan(seed, heavy=heavy), verbose=verbose).run()

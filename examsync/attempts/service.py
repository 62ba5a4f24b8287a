"""The way into attempts: plain functions that decide, queue the write and hand back a pending
result. Nothing awaits between the door and the commit.

Edges call it with what arrived and when; the sweep and the news from other processes too.
"""

from collections.abc import Callable

from msgspec import structs

from examsync.attempts import (
    acting,
    answering,
    closing,
    commanding,
    erasing,
    fullness,
    joining,
    seal,
)
from examsync.attempts.attempt import Attempt
from examsync.attempts.commit import Commits
from examsync.attempts.decision import Context, Decision
from examsync.attempts.desk import Desk, Op, Reply, Rule, Wiring
from examsync.attempts.environment import Environment, Sitter
from examsync.attempts.identity import partition
from examsync.attempts.loading import Loading, due
from examsync.attempts.pending import Pending
from examsync.attempts.ports import Life
from examsync.attempts.reviewing import Review
from examsync.errors import ExamError, Unavailable
from examsync.exams.exam import Exam
from protocol.facts import Fact, Rev
from protocol.from_client import Act, Answer, Join
from protocol.problems import Code, Problem, problem

DESK_IDLE_MS = 60_000
"""A desk nobody has used for so long, and no connection holds, is cleared."""
Listener = Callable[[Attempt, Attempt, Fact], None]
"""Called with (before, after, fact) once a write is confirmed. Must be cheap and never raise."""


class Attempts:
    """All attempts this process has to do with."""

    def __init__(self, environment: Environment) -> None:
        self.env = environment
        self.listeners: list[Listener] = []
        self.desks: dict[str, Desk] = {}
        self._patience = environment.patience or environment.now
        self._store_life, self._partitions = environment.store.life, environment.partitions
        self._commits = Commits(
            environment.store.ways,
            environment.now,
            self._patience,
            environment.committed,
            environment.failed,
            together=environment.together,
        )
        self._loading = Loading(environment, self._patience, self._missing)
        self._review = Review(self.desks, environment, self.view)
        self._wiring = Wiring(
            environment.keys.chain,
            self._life,
            environment.exams.get,
            environment.exams.doubt,
            self._commits.add,
            self._bring,
            self._tell,
            due,
            environment.failed,
            self._patience,
        )

    # --- commands -------------------------------------------------------------------------------

    def answer(self, arrived: int, sitter: Sitter, command: Answer) -> Pending[Reply]:
        """One answer. The reply says whether it is saved."""

        rule = _Answering(self.env, command)
        return self._take(arrived, sitter, rule, ("answer", command.item, command.receipt))

    def join(self, arrived: int, sitter: Sitter, command: Join) -> Pending[Reply]:
        """Take a seat; the reply's attempt is the view, its lease what to write with."""

        tail = self.env.tail()

        def rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
            return joining.decide(attempt, exam, command, structs.replace(ctx, tail=tail))

        if command.rev is not None:
            self._loading.compare(sitter.attempt, command.rev[0])
        return self._take(arrived, sitter, rule, ("join", command.id, command.receipt))

    def command(self, arrived: int, sitter: Sitter, command: commanding.Command) -> Pending[Reply]:
        """Start, submit, violation, raise_hand, acknowledge."""

        def rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
            decision = commanding.decide(attempt, exam, command, ctx)
            return fullness.admitted(decision, self.env.used())

        kind = commanding.KINDS[type(command)]
        return self._take(arrived, sitter, rule, (kind, command.id, command.receipt))

    def act(self, arrived: int, sitter: Sitter, act: Act, exam_id: str) -> Pending[Reply]:
        """An examiner's act on one attempt of `exam_id`; of another exam's it knows nothing."""

        def rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
            if exam.id != exam_id:
                raise ExamError(Code.NOT_FOUND, f"{attempt.id} is not of {exam_id}")
            return acting.decide(attempt, exam, act, ctx)

        proof = (act.receipts or {}).get(sitter.attempt)
        return self._take(arrived, sitter, rule, (acting.KINDS[type(act)], act.id, proof))

    def erase(self, by: str, attempt_id: str, command: erasing.Erase) -> Pending[Reply]:
        """Record that what is personal in the attempt is erased; see `audit.erasure`."""

        def rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
            return erasing.decide(attempt, command, ctx)

        what = ("erase", command.id, None)
        return self._take(self.env.now(), Sitter(attempt_id, by), rule, what)

    def sweep(self, attempt_id: str) -> Pending[Reply]:
        """Close the attempt if its time is up, or carry out what its exam was ordered."""
        now = self.env.now()

        def rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
            # Who asked may not have known that a new life has begun: that is learnt on the way.
            if not closing.settled(self._life(attempt_id), ctx.arrived):
                return Decision("expire", "")
            return closing.overdue(attempt, exam, ctx.arrived) or Decision("expire", "")

        sitter = Sitter(attempt_id, closing.SYSTEM)
        return self._take(now, sitter, rule, ("expire", "", None))

    def view(self, attempt_id: str) -> Pending[Reply]:
        """The attempt as it stands, confirmed by storage."""

        def rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
            return Decision("view", "")

        return self._take(self.env.now(), Sitter(attempt_id, "view"), rule, ("view", "", None))

    # --- what others tell -----------------------------------------------------------------------

    def confirmed(self, attempt_id: str) -> Attempt | None:
        """The attempt as last confirmed here, from memory; None if it is not at hand."""
        desk = self.desks.get(attempt_id)
        return desk.confirmed if desk is not None else None

    def outdated(self, attempt_id: str, rev: Rev) -> bool:
        """Somebody else wrote up to `rev`: what is at hand here is read again when next needed.

        True if it was older.
        """
        desk = self.desks.get(attempt_id)
        if desk is None or desk.confirmed is None or desk.confirmed.rev >= rev:
            return False
        if not desk.in_flight:  # what is in flight will find out by itself
            desk.stale = True
            self._review.watch(attempt_id)
        return True

    def doubt(self, attempt_id: str) -> None:
        """Its seat is another, which no fact tells: it is read again when next needed."""
        desk = self.desks.get(attempt_id)
        if desk is not None:
            desk.doubt()
            self._review.watch(attempt_id)

    def doubt_all(self) -> None:
        """Word from others may have been lost: everything is read again when next needed."""
        for desk in self.desks.values():
            desk.doubt()
            self._review.watch(desk.attempt_id)

    def durable(self, attempt_id: str, rev: Rev) -> None:
        """All facts up to `rev` are in Postgres."""
        desk = self.desks.get(attempt_id)
        if desk is not None:
            desk.note_durable(rev)

    async def durable_in_store(self, attempt_id: str) -> Rev | None:
        """Up to which fact Postgres has the attempt, as noted beside it; None if it cannot be
        asked now. One that has left Redis is all in Postgres, and comes back."""
        try:
            attempt = await self._loading.fetch(attempt_id)
        except Unavailable:
            return None
        return attempt.durable if attempt is not None else None

    def hold(self, attempt_id: str) -> None:
        """A connection needs this attempt at hand."""
        self._desk(attempt_id).held += 1
        self._review.watch(attempt_id)

    def held(self, attempt_id: str) -> bool:
        """Whether a connection of this process needs the attempt."""
        desk = self.desks.get(attempt_id)
        return desk is not None and desk.held > 0

    def release(self, attempt_id: str) -> None:
        """The connection is gone."""
        desk = self.desks.get(attempt_id)
        if desk is not None:
            desk.held = max(0, desk.held - 1)

    def clear_idle(self) -> int:
        """Forget attempts nobody uses; they are in Redis."""
        before = self.env.now() - DESK_IDLE_MS
        idle = [
            desk
            for desk in self.desks.values()
            if desk.idle and not desk.held and desk.touched < before
            if not self._loading.under_way(desk.attempt_id)
        ]
        for desk in idle:
            del self.desks[desk.attempt_id]
        return len(idle)

    async def review(self) -> int:
        """Look again at what connections hold here and is doubted, or seems not to become durable:
        word of it may have been lost. Call it every few seconds. Raises Unavailable."""
        return await self._review.turn()

    async def drained(self) -> None:
        """Wait until every decision under way has its outcome."""
        await self._commits.drained()

    # --- inside ---------------------------------------------------------------------------------

    def _take(
        self, arrived: int, sitter: Sitter, rule: Rule, what: tuple[str, str, str | None]
    ) -> Pending[Reply]:
        kind, key, token = what
        proof = None
        if token is not None:
            try:
                proof = seal.effect_of(self.env.keys, token, sitter.attempt, kind, key)
            except ExamError as error:
                return _ended(error.problem)
        ctx = Context(arrived, sitter.by, sitter.instance, sitter.lease, proof=proof)
        op = Op(rule, ctx, self._patience())
        self._desk(sitter.attempt).take(op)
        return op.reply

    def _desk(self, attempt_id: str) -> Desk:
        desk = self.desks.get(attempt_id)
        if desk is None:
            desk = self.desks[attempt_id] = Desk(attempt_id, self._wiring)
            desk.touched = self.env.now()
        return desk

    def _life(self, attempt_id: str) -> Life | None:
        return self._store_life(partition(attempt_id, self._partitions))

    def _bring(self, desk: Desk) -> None:
        self._review.watch(desk.attempt_id)
        self._loading.bring(desk)

    def _tell(self, before: Attempt, after: Attempt, fact: Fact) -> None:
        self._review.watch(after.id)
        for listener in self.listeners:
            try:
                listener(before, after, fact)
            except Exception as error:  # a listener's defect is not the candidate's
                self.env.failed(error)

    def _missing(self, desk: Desk) -> None:
        """There is no such attempt, or storage does not say: nothing to keep at hand."""
        if desk.idle and not desk.held:  # who was refused may have asked again at once
            self.desks.pop(desk.attempt_id, None)


class _Answering:
    """The rule of one answer. A closure would be four objects, for each answer under way."""

    __slots__ = ("_command", "_env")

    def __init__(self, env: Environment, command: Answer) -> None:
        self._env = env
        self._command = command

    def __call__(self, attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
        items = self._env.exams.items(exam.id)
        decision = answering.decide(attempt, exam, items, self._command, ctx)
        return fullness.admitted(decision, self._env.used())


def _ended(what: Problem | Code) -> Pending[Reply]:
    pending: Pending[Reply] = Pending()
    pending.set(Reply(what if isinstance(what, Problem) else problem(what)))
    return pending

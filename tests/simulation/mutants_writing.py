"""Guards of the way from a decision to Redis, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from examsync.attempts import (
    acting,
    answering,
    commanding,
    commit,
    desk,
    saving,
    scripts,
    store,
)
from examsync.attempts.ports import Check, Outcome
from examsync.errors import ExamError
from protocol.problems import Code
from tests.simulation import memory_scripts
from tests.simulation.memory_redis import MemoryRedis, raw

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


def no_head_compare() -> list[Patch]:
    """A fact is written whatever the attempt's last one is."""

    def save(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        head = redis.hget(names[1], "head") or raw(words[1])
        return memory_scripts.save(redis, names, [words[0], head, *words[2:]])

    return [(memory_scripts.LIBRARY, scripts.SAVE.text, save)]


def timeout_is_ok() -> list[Patch]:
    """No reply is taken for a good one."""
    return [(desk.Desk, "settle", _settle_as(Outcome.OK))]


def timeout_is_refusal() -> list[Patch]:
    """No reply is taken for "surely not done": then it is refused a moment sooner. (Were nothing
    read again after that, it would be `pending_state_kept`.)"""
    return [(desk.Desk, "settle", _settle_as(Outcome.REFUSED))]


def _settle_as(taken: Outcome) -> Any:
    real = desk.Desk.settle

    def settle(self: Any, op: Any, outcome: Outcome, at: int) -> None:
        real(self, op, taken if outcome is Outcome.UNKNOWN else outcome, at)

    return settle


def acked_when_decided() -> list[Patch]:
    """An ack is given when something is decided, not when Redis has it."""
    return [(desk.Desk, "_decide", _told_at_once(lambda op: True))]


def repeats_acked_when_decided() -> list[Patch]:
    """A repeat of what is in flight does not wait for it."""

    def repeats(op: Any) -> bool:
        return op.problem is None and op.decision.body is None

    return [(desk.Desk, "_decide", _told_at_once(repeats))]


def _told_at_once(which: Callable[[Any], bool]) -> Any:
    real = desk.Desk._decide

    def decide(self: Any, op: Any, *given: Any) -> bool:
        done = bool(real(self, op, *given))
        if done and (op.problem is not None or op.decision is not None) and which(op):
            op.reply.set(
                desk.Reply(op.problem, op.decision, op.after or self.pending, self.touched)
            )
        return done

    return decide


def pending_state_kept() -> list[Patch]:
    """After anything but ok all is decided again on what was believed; nothing is read again."""

    def drop(self: Any) -> None:
        self.barrier = None
        self.turn += 1

    return [(desk.Desk, "drop", drop)]


def arrival_is_forgotten() -> list[Patch]:
    """What is decided again counts as arrived then."""
    real = desk.Desk._redo

    def redo(self: Any, outcome: Outcome, at: int) -> None:
        real(self, outcome, at)
        now = self.touched + 1_000
        for op in self.waiting:
            op.ctx = structs.replace(op.ctx, arrived=max(now, op.ctx.arrived))

    return [(desk.Desk, "_redo", redo)]


def refusals_unchecked() -> list[Patch]:
    """A reply that writes nothing is given on what is in memory."""
    real = saving.check_outcome

    def outcome(check: Check, replies: list[Any]) -> Outcome:
        return Outcome.OK if check.exam_n >= 0 else real(check, replies)

    return [(store, "check_outcome", outcome)]


def commands_repeat() -> list[Patch]:
    """Commands are not known by their id: a repeat has its effect again."""

    def repeated(attempt: Any, kind: str, id_: str) -> None:
        return None

    return [(commanding, "repeated", repeated), (acting, "repeated", repeated)]


def expired_takes_nothing() -> list[Patch]:
    """An expired attempt refuses even what arrived in time."""
    real = answering._in_time

    def in_time(attempt: Any, exam: Any, arrived: int) -> tuple[bool, bool]:
        if attempt.core.closed:
            raise ExamError(Code.ATTEMPT_CLOSED)
        return real(attempt, exam, arrived)

    return [(answering, "_in_time", in_time)]


def no_barrier() -> list[Patch]:
    """Commands are decided behind a take-over in flight. Whoever is refused by it hears so in the
    same round trip that confirms it; DESIGN asks for the barrier, and it costs nothing."""
    real = desk.Desk._decide

    def decide(self: Any, *given: Any) -> bool:
        done = bool(real(self, *given))
        self.barrier = None
        return done

    return [(desk.Desk, "_decide", decide)]


def dropped_are_written() -> list[Patch]:
    """Decisions that were dropped while they waited are written all the same: on a head that is
    gone, or as a repeat of themselves. Not to send them saves a round trip."""

    def take(self: Any) -> list[Any]:
        batch: list[Any] = []
        while self._queue and len(batch) < commit.BATCH_MAX:
            batch.append(self._queue.popleft())
        return batch

    return [(commit.Commit, "_take", take)]


def exam_uncompared() -> list[Patch]:
    """A refusal is given without a look whether the exam has facts that were not considered."""
    real = saving.check_outcome

    def outcome(check: Check, replies: list[Any]) -> Outcome:
        said = real(check, replies)
        return Outcome.OK if said is Outcome.EXAM and check.exam_n >= 0 else said

    return [(store, "check_outcome", outcome)]


def kept_unlooked() -> list[Patch]:
    """An answer is kept as too late without a look whether its exam was given more time."""
    real = answering._keep

    def keep(*given: Any) -> Any:
        return structs.replace(real(*given), late=False)

    return [(answering, "_keep", keep)]


def older_answers_saved() -> list[Patch]:
    """An answer is saved although a newer one of the same device stands."""
    real = answering._known

    def known(attempt: Any, answer: Any, fingerprint: str, lease: str) -> Any:
        said = real(attempt, answer, fingerprint, lease)
        return None if said is not None and said.superseded else said

    return [(answering, "_known", known)]


def receipts_beat_versions() -> list[Patch]:
    """A replay with its receipt is restored over a newer answer."""
    real = answering._replayed

    def replayed(attempt: Any, answer: Any, *given: Any) -> Any:
        stands = attempt.responses.get(answer.item)
        said = real(attempt, answer, *given)
        if said.superseded and stands is not None:
            others = {k: v for k, v in attempt.responses.items() if k != answer.item}
            return real(structs.replace(attempt, responses=others), answer, *given)
        return said

    return [(answering, "_replayed", replayed)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    no_head_compare,
    acked_when_decided,
    repeats_acked_when_decided,
    timeout_is_ok,
    timeout_is_refusal,
    pending_state_kept,
    arrival_is_forgotten,
    refusals_unchecked,
    commands_repeat,
    expired_takes_nothing,
    no_barrier,
    dropped_are_written,
    exam_uncompared,
    kept_unlooked,
    older_answers_saved,
    receipts_beat_versions,
)

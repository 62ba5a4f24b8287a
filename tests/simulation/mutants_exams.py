"""Guards of leases, of the sweep, of exam-wide orders and of word between processes, each switched
off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from examsync.attempts import (
    acting,
    closing,
    commanding,
    joining,
    service,
    sweep,
)
from examsync.attempts.environment import Sitter
from examsync.errors import ExamError
from examsync.exams.service import Exams
from protocol.problems import Code
from tests.simulation import door

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


def leases_restart() -> list[Patch]:
    """A lease counts from 1 in each life: nothing of time or of what was named is in it."""

    def next_lease(now: int, tail: str, *before: str) -> str:
        return f"{int(before[0][:13]) + 1 if before[0] else 1:013d}-{tail}"

    return [(joining, "next_lease", next_lease)]


def leases_by_time() -> list[Patch]:
    """A lease is the server's time alone, whatever stands or is named."""

    def next_lease(now: int, tail: str, *before: str) -> str:
        return f"{now:013d}-{tail}"

    return [(joining, "next_lease", next_lease)]


def leases_without_tail() -> list[Patch]:
    """A lease has no random tail: two lives may give the same one to two devices."""
    real = joining.next_lease

    def next_lease(now: int, tail: str, *before: str) -> str:
        return str(real(now, "0", *before))

    return [(joining, "next_lease", next_lease)]


def leases_taken_back() -> list[Patch]:
    """A rejoin that names an older lease than another device's gets a new one."""
    real = joining.decide

    def decide(attempt: Any, exam: Any, join: Any, ctx: Any) -> Any:
        try:
            return real(attempt, exam, join, ctx)
        except ExamError as refusal:
            if refusal.code is not Code.LEASE_LOST:
                raise
            return joining._grant(attempt, join, ctx, joining._named(join.lease, ctx.arrived))

    return [(joining, "decide", decide)]


def any_lease_writes() -> list[Patch]:
    """Whoever writes, the standing lease is taken for his."""
    real = service.Attempts._take

    def take(self: Any, arrived: int, sitter: Any, rule: Any, what: Any) -> Any:
        def anybody(attempt: Any, exam: Any, ctx: Any) -> Any:
            lease = attempt.core.lease if what[0] == "answer" else ctx.lease
            return rule(attempt, exam, type(ctx)(*_but_lease(ctx, lease)))

        return real(self, arrived, sitter, anybody, what)

    return [(service.Attempts, "_take", take)]


def _but_lease(ctx: Any, lease: str) -> list[Any]:
    return [lease if name == "lease" else getattr(ctx, name) for name in ctx.__struct_fields__]


def seated_by_what_stands() -> list[Patch]:
    """When all is over who names a lease that Redis has lost sits with an older one, or with none:
    what was made under it passes for older than what was sent before."""

    def seat_at(attempt: Any, by: str, instance: str, named: str) -> Sitter:
        core = attempt.core
        older = named if named < core.lease else ""
        lease = core.lease if core.instance == instance else older
        return Sitter(attempt.id, by, instance, lease)

    return [(door, "seat_at", seat_at)]


def submit_unlisted() -> list[Patch]:
    """A submit is granted whether all that the client holds is there or not."""
    return [(commanding, "missing_answers", lambda attempt, submit: [])]


def orders_to_none() -> list[Patch]:
    """Orders that are known are for nobody who begins, however early he asked to."""

    def last_order(exam: Any, at: int) -> int:
        return int(exam.n)

    return [(commanding, "last_order", last_order), (acting, "last_order", last_order)]


def orders_to_all() -> list[Patch]:
    """An order is for those too who begin, or are reopened, after it."""

    def last_order(exam: Any, at: int) -> int:
        return 0

    return [(commanding, "last_order", last_order), (acting, "last_order", last_order)]


def swept_at_once() -> list[Patch]:
    """The sweep does not wait for replays when a new epoch has begun."""

    def settled(life: Any, now: int) -> bool:
        return life is not None

    return [(closing, "settled", settled)]


def never_walked() -> list[Patch]:
    """The sweep looks at what Redis hints at, and not at what Postgres has as open."""

    async def walk(self: Any) -> int:
        return 0

    return [(sweep.Sweep, "walk", walk)]


def closed_early() -> list[Patch]:
    """What Redis says is due is closed though its deadline has moved on meanwhile."""
    real = closing.overdue

    def overdue(attempt: Any, exam: Any, now: int) -> Any:
        return real(attempt, exam, now + 5_000)

    return [(closing, "overdue", overdue)]


def never_reviewed() -> list[Patch]:
    """What is durable is learnt from word alone: nobody looks again when that is lost."""

    async def review(self: Any) -> int:
        return 0

    return [(service.Attempts, "review", review)]


def exams_unpolled() -> list[Patch]:
    """What was done to an exam is learnt from word and from Redis' count alone."""

    async def poll(self: Any) -> None:
        return None

    return [(Exams, "poll", poll)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    leases_restart,
    leases_by_time,
    leases_without_tail,
    leases_taken_back,
    any_lease_writes,
    seated_by_what_stands,
    submit_unlisted,
    orders_to_none,
    orders_to_all,
    swept_at_once,
    never_walked,
    closed_early,
    never_reviewed,
    exams_unpolled,
)

"""Who may write an attempt (pure): leases of client instances, and how a second device takes over.

A lease is `<13 digits of ms>-<random tail>`: leases compare as strings, in every language and in
SQL under collation "C". It is the greatest of the server's time, the standing lease + 1, the lease
the client names + 1 and those of all responses + 1, so no lease that was ever seen comes back,
whatever Redis has lost.
"""

import re

from examsync.attempts.attempt import Attempt
from examsync.attempts.commanding import check_room
from examsync.attempts.decision import Context, Decision, effect
from examsync.attempts.seal import terms
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import LeaseGranted, TakeoverRequested
from protocol.from_client import Join
from protocol.problems import Code
from protocol.types import AttemptState, TakeoverPolicy

_LEASE = re.compile(r"(\d{13})-[0-9a-f]{1,16}")
LEASE_AHEAD_MS_MAX = 86_400_000
"""A named lease further ahead of our clock than a day was never ours; it is ignored."""


def decide(attempt: Attempt, exam: Exam, join: Join, ctx: Context) -> Decision:
    """Whether this instance keeps the lease, gets one, has to wait, or has lost it.

    Raises ExamError: LEASE_LOST (another device was given a newer one), TAKEOVER_PENDING,
    TAKEOVER_REFUSED, ID_REUSED, TOO_MANY.
    """
    core = attempt.core
    before = attempt.commands.get(join.id)
    if before is not None and before.kind != "join":
        raise ExamError(Code.ID_REUSED, f"{join.id} was a {before.kind}")
    was = terms(before.effect) if before is not None else {}
    mine = was.get("instance") == ctx.instance
    again = Decision("join", join.id, before.effect if before is not None and mine else "")
    if core.closed:
        return again
    proven = _proven(ctx)
    named = max(_named(join.lease, ctx.arrived), proven)
    if core.instance == ctx.instance and named <= core.lease and not outrun(attempt):
        return again
    if core.lease and core.instance != ctx.instance:
        if mine:
            raise ExamError(Code.LEASE_LOST, "it was given to this device and then to another")
        if named and named < core.lease:
            raise ExamError(Code.LEASE_LOST, "join without a lease to take it back on purpose")
        waits = None if named and named == proven else _must_wait(attempt, exam, join, ctx)
        if waits is not None:
            return waits
    return _grant(attempt, join, ctx, named)


def outrun(attempt: Attempt) -> bool:
    """Whether answers stand under a later lease than the standing one, under which nothing could
    take their place: Redis lost that lease, its answers came back when all was over, and then the
    attempt was reopened."""
    return any(held.lease > attempt.core.lease for held in attempt.responses.values())


def _proven(ctx: Context) -> str:
    """The lease that, as a receipt says, this instance was given; "" for none.

    Who sends it back names that lease, also a device that named none when it took over. Anybody
    can name a newer lease than the standing one; that alone is no reason to pass by the exam's
    take-over policy.
    """
    said = terms(ctx.proof or "")
    mine = said.get("instance") == ctx.instance
    return str(said.get("lease", "")) if mine else ""


def _grant(attempt: Attempt, join: Join, ctx: Context, named: str) -> Decision:
    check_room(attempt, "join")
    answered = (h.lease for h in attempt.responses.values())
    lease = next_lease(ctx.arrived, ctx.tail, attempt.core.lease, named, *answered)
    text = effect(instance=ctx.instance, lease=lease)
    return Decision("join", join.id, text, body=LeaseGranted(join.id, lease, ctx.instance))


def _must_wait(attempt: Attempt, exam: Exam, join: Join, ctx: Context) -> Decision | None:
    """What the exam's policy has against a new device; None if it may take over."""
    core = attempt.core
    if core.state is AttemptState.NOT_STARTED or core.approved == ctx.instance:
        return None
    match exam.terms.takeover:
        case TakeoverPolicy.AT_ONCE:
            return None
        case TakeoverPolicy.REFUSE:
            raise ExamError(Code.TAKEOVER_REFUSED, "go on with the device you started on")
        case TakeoverPolicy.ON_APPROVAL:
            if core.waiting == ctx.instance:
                raise ExamError(Code.TAKEOVER_PENDING, "ask the examiner", retry_after_ms=5_000)
            check_room(attempt, "join")
            body = TakeoverRequested(join.id, ctx.instance)
            text = effect(waiting=ctx.instance)
            return Decision("join", join.id, text, body=body, refusal=Code.TAKEOVER_PENDING)


def next_lease(now: int, tail: str, *before: str) -> str:
    """A lease newer than `now` and than every one in `before` ("" for none)."""
    after = (lease_ms(lease) + 1 for lease in before if lease)
    return f"{max(now, *after, 0):013d}-{tail}"


def lease_ms(lease: str) -> int:
    """When a lease was granted (ms), about: it is above every one before. 0 for none."""
    return int(lease[:13] or 0)


def _named(lease: str | None, now: int) -> str:
    """The lease a client names, if one of ours can have looked like that; else ""."""
    match = _LEASE.fullmatch(lease or "")
    if match is None or int(match[1]) > now + LEASE_AHEAD_MS_MAX:
        return ""
    return match[0]

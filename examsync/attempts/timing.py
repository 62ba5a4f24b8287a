"""When an attempt ends (pure). All times are ms since 1970 UTC, handed in.

    deadline     = min(started + duration x factor, window_end + extension), each moved on by the
                   pauses that fell before it, + incident time + the exam's grants
    accept_until = deadline + grace

and never after the exam's own end. Each term is a fact with who, why and when.
"""

from examsync.attempts.attempt import Attempt, Seat
from examsync.attempts.core import Core
from examsync.exams.exam import Exam, Interval

SWEEP_AFTER_MS = 1_000
"""The sweep waits this long after `accept_until`, so that answers at the door are decided first."""


def deadline(attempt: Attempt, exam: Exam, now: int) -> int | None:
    """Until when answers are in time; None before the start. Moves with `now` while paused."""
    core, seat = attempt.core, attempt.seat
    if core.started_at is None:
        return None
    own = core.started_at + time_due(core, seat, exam)
    window = exam.terms.window_end + seat.extension_ms + core.incident_ms + exam.granted_ms
    if core.pauses or exam.pauses:
        pauses = merged(core.pauses + exam.pauses, now)
        own, window = moved(own, pauses, since=core.started_at), moved(window, pauses, since=0)
    return min(own, window, exam_end(exam))


def time_due(core: Core, seat: Seat, exam: Exam) -> int:
    """How much time an attempt has from its start on: planned with its factor, and granted."""
    planned = exam.terms.duration_ms * seat.factor_permille // 1_000
    return planned + core.incident_ms + exam.granted_ms


def accept_until(attempt: Attempt, exam: Exam, now: int) -> int | None:
    """Until when an answer still counts (marked late after the deadline)."""
    ends = deadline(attempt, exam, now)
    return None if ends is None else ends + exam.terms.grace_ms


def exam_end(exam: Exam) -> int:
    """When nothing of the exam is open any more; pauses do not move it, grants do."""
    return exam.terms.closes_at + exam.granted_ms


def start_until(core: Core, seat: Seat, exam: Exam, now: int) -> int:
    """Until when an attempt may be started."""
    plus = seat.extension_ms + core.incident_ms + exam.granted_ms
    window = moved(exam.terms.window_end + plus, merged(core.pauses + exam.pauses, now), since=0)
    return min(window, exam_end(exam))


def paused_since(core: Core, exam: Exam) -> int | None:
    """Since when the clock of this attempt stands, by its own pause or the exam's."""
    if not core.pauses and not exam.pauses:
        return None
    sinces = [s for s in (core.paused_since, exam.paused_since) if s is not None]
    return min(sinces, default=None)


def due_at(attempt: Attempt, exam: Exam, now: int) -> int | None:
    """When the sweep has to look again: early while the exam is paused, never late; None for a
    closed attempt."""
    core = attempt.core
    if core.closed:
        return None
    if core.started_at is None:
        return start_until(core, attempt.seat, exam, now) + exam.terms.grace_ms + SWEEP_AFTER_MS
    ends = deadline(attempt, exam, now)
    assert ends is not None
    if core.paused_since is not None and core.paused_since < ends:
        # Its own clock stands, and whoever lets it run again writes a fact: until then only the
        # exam's end is fixed. An exam resumes without a word to its attempts, so while it is
        # paused the deadline as of now is what may be relied on.
        ends = exam_end(exam)
    return ends + exam.terms.grace_ms + SWEEP_AFTER_MS


def merged(intervals: tuple[Interval, ...], now: int) -> list[tuple[int, int]]:
    """The union of the intervals, in order, open ones reaching to `now`; never counts twice."""
    spans = sorted((a, now if b is None else b) for a, b in intervals)
    union: list[tuple[int, int]] = []
    for start, end in spans:
        if end <= start:
            continue
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def moved(ends: int, pauses: list[tuple[int, int]], *, since: int) -> int:
    """`ends` moved on by every pause that began before it; time before `since` does not count."""
    for start, end in pauses:
        if start >= ends:
            break
        ends += max(0, end - max(start, since))
    return ends

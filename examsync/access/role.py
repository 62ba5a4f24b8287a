"""What each role may do: one table, asked by every edge before a service is called."""

from enum import StrEnum

from examsync.access.token import Identity
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Role


class Action(StrEnum):
    """Things that need permission. The acts carry the names they have on the wire."""

    SIT = "sit"
    """Join, start, answer, submit: everything a candidate does in its own attempt."""
    WATCH = "watch"
    TIMELINE = "timeline"
    EXPORT = "export"
    # Acts on attempts
    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"
    TERMINATE = "terminate"
    SUBMIT_FOR = "submit_for"
    REOPEN = "reopen"
    APPROVE_TAKEOVER = "approve_takeover"
    MESSAGE = "message"
    RESOLVE = "resolve"
    # Acts on a whole exam, or on a whole hall of it
    ANNOUNCE = "announce"
    ACT_ON_EXAM = "act_on_exam"
    """Extend, pause, resume or close for everybody at once."""
    MARK = "mark"
    """Give marks by hand; decide a proposed regrade."""
    # Authoring and running the place
    AUTHOR = "author"
    """Import questions, make papers, schedule exams, register candidates."""
    RELEASE = "release"
    """Publish, withdraw or regrade results."""
    MANAGE_ACCOUNTS = "manage_accounts"
    INSPECT = "inspect"
    """Read the state of the installation: processes, queues, settings."""


_WATCHING = frozenset({Action.WATCH, Action.TIMELINE, Action.EXPORT})
_ON_ATTEMPTS = frozenset(
    {
        Action.EXTEND,
        Action.PAUSE,
        Action.RESUME,
        Action.TERMINATE,
        Action.SUBMIT_FOR,
        Action.REOPEN,
        Action.APPROVE_TAKEOVER,
        Action.MESSAGE,
        Action.RESOLVE,
    }
)
_ON_EXAMS = frozenset({Action.ANNOUNCE, Action.ACT_ON_EXAM, Action.MARK})
_RUNNING = frozenset({Action.AUTHOR, Action.RELEASE, Action.MANAGE_ACCOUNTS, Action.INSPECT})

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.CANDIDATE: frozenset({Action.SIT}),
    Role.EXAMINER: _WATCHING | _ON_ATTEMPTS | _ON_EXAMS,
    Role.ADMIN: _WATCHING | _ON_ATTEMPTS | _ON_EXAMS | _RUNNING,
}
"""The whole law. An admin does not sit: whoever could answer for others could not be believed."""


def may(
    identity: Identity, action: Action, *, exam: str | None = None, hall: str | None = None
) -> bool:
    """Whether `identity` may do `action`, on this exam and in this hall where they matter.

    `exam=None` asks about something that belongs to no exam, which only an admin does.
    `hall=None` asks about the exam as a whole, or about a candidate without a hall. An examiner
    kept to halls may watch then (what is sent is filtered by hall), and nothing else.
    """
    if action not in ALLOWED[identity.role]:
        return False
    if identity.role is Role.ADMIN:
        return True
    if exam is None or exam not in identity.exams:
        return False
    if identity.role is Role.CANDIDATE or not identity.halls:
        return True
    return action is Action.WATCH if hall is None else hall in identity.halls


def require(
    identity: Identity, action: Action, *, exam: str | None = None, hall: str | None = None
) -> None:
    """Raise ExamError `forbidden` unless `may`. The text names what was asked for, never the scope:
    it is the same for an exam of others and for one that is not there."""
    if may(identity, action, exam=exam, hall=hall):
        return
    if exam is not None and action in ALLOWED[identity.role] and exam not in identity.exams:
        raise ExamError(Code.FORBIDDEN, f"The token is not for exam {exam}.")
    raise ExamError(Code.FORBIDDEN, f"The role {identity.role} does not allow `{action}` here.")

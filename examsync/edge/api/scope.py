"""Who may ask about which part of an exam: examiners kept to halls are asked about theirs."""

from examsync.access.role import Action, may, require
from examsync.access.token import Identity
from examsync.errors import ExamError
from examsync.results.scope import Scope
from protocol.problems import Code
from protocol.types import Role


def scope_of(identity: Identity, action: Action, exam: str) -> Scope:
    """How far this person may do this in the exam: all of it, or some halls.

    Raises ExamError FORBIDDEN where it is nowhere.
    """
    halls = identity.halls if identity.role is Role.EXAMINER else frozenset()
    if not any(may(identity, action, exam=exam, hall=hall) for hall in halls or {None}):
        require(identity, action, exam=exam)
    return Scope(exam, halls)


def allowed_somewhere(identity: Identity, action: Action) -> None:
    """Raises ExamError FORBIDDEN unless this person may do this in some exam: asked before looking
    for something whose exam is not known yet."""
    exams = [None] if identity.role is Role.ADMIN else sorted(identity.exams)
    for exam in exams:
        if any(may(identity, action, exam=exam, hall=hall) for hall in identity.halls or {None}):
            return
    raise ExamError(Code.FORBIDDEN, f"The role {identity.role} does not allow `{action}` here.")

"""Acts of examiners, the same from sockets and over HTTP: what this person may do to whom.

Scope is looked at for every act and every attempt: the exam in the token, and the hall for those
who are kept to halls. What was not done is named with its reason.
"""

from msgspec import structs

from examsync.access.role import Action, may, require
from examsync.access.token import Identity
from examsync.attempts import bulk
from examsync.attempts.acting import KINDS
from examsync.attempts.service import Attempts
from examsync.errors import ExamError
from examsync.exams.service import Exams
from protocol.from_client import Act, Announce
from protocol.from_server import ActAck, NotDone
from protocol.problems import Code


def name_of(identity: Identity) -> str:
    """The name under which facts record what this person does."""
    return f"{identity.role}:{identity.subject}"


class Acting:
    """Carries out acts for whoever may."""

    def __init__(self, attempts: Attempts, exams: Exams) -> None:
        self.attempts = attempts
        self.exams = exams

    async def act(self, identity: Identity, arrived: int, act: Act) -> ActAck:
        """Do it to the attempts it names, or to the exam.

        Raises ExamError where nothing of it may or can be done, and Unavailable.
        """
        action = Action(KINDS[type(act)])
        if act.attempts == "all":
            require(identity, action, exam=act.exam)
            require(identity, Action.ACT_ON_EXAM, exam=act.exam)
            return await bulk.act(self.attempts, self.exams, arrived, name_of(identity), act)
        if may(identity, action, exam=act.exam):
            return await bulk.act(self.attempts, self.exams, arrived, name_of(identity), act)
        return await self._in_halls(identity, action, arrived, act)

    async def announce(self, identity: Identity, announce: Announce) -> ActAck:
        """A notice to everybody in the exam. Raises ExamError, Unavailable."""
        require(identity, Action.ANNOUNCE, exam=announce.exam)
        return await bulk.announce(self.exams, name_of(identity), announce)

    async def _in_halls(self, identity: Identity, action: Action, arrived: int, act: Act) -> ActAck:
        """For somebody who is kept to halls, or not of this exam at all."""
        if not identity.halls or act.exam not in identity.exams:
            require(identity, action, exam=act.exam)
        ids = list(dict.fromkeys(act.attempts))
        views = [self.attempts.view(id_) for id_ in ids]
        mine: list[str] = []
        others: list[NotDone] = []
        for id_, view in zip(ids, views, strict=True):
            attempt = (await view).attempt
            hall = attempt.seat.hall if attempt is not None else None
            if may(identity, action, exam=act.exam, hall=hall):
                mine.append(id_)
            else:
                others.append(bulk.refused(id_, Code.FORBIDDEN, "not in your halls"))
        if not mine:
            return ActAck(act.id, [], others)
        by = name_of(identity)
        own = structs.replace(act, attempts=mine)
        ack = await bulk.act(self.attempts, self.exams, arrived, by, own)
        return structs.replace(ack, not_done=[*ack.not_done, *others])

    async def require_attempt(self, identity: Identity, action: Action, id_: str) -> None:
        """Raise ExamError NOT_FOUND unless there is such an attempt and it is in scope."""
        attempt = (await self.attempts.view(id_)).attempt
        if attempt is None or not may(
            identity, action, exam=attempt.seat.exam, hall=attempt.seat.hall
        ):
            raise ExamError(Code.NOT_FOUND, f"no attempt {id_} in your exams")

"""What a candidate does (pure): into the outbox first, then out as the rules allow."""

from collections.abc import Callable

from loadtest.client.actions import Action
from loadtest.client.entry import ANSWER, START, SUBMIT
from loadtest.client.session import Session
from protocol.paper import Response


class NotWritable(Exception):
    """The attempt does not run on this client: what was just done was NOT taken."""


class Candidate:
    """The candidate's hands on a session. Every act returns what the owner has to do."""

    def __init__(self, session: Session, make_id: Callable[[], str]) -> None:
        self._session = session
        self._outbox = session.outbox
        self._make_id = make_id

    def start(self, now: int) -> list[Action]:
        """Start the clock; a second start is the first one repeated."""
        if self._outbox.find(START) is None and self._session.view.started_at is None:
            self._outbox.command(START, {"id": self._make_id()})
        return self._session.turn(now)

    def answer(
        self,
        item: str,
        response: Response,
        now: int,
        *,
        flag: bool = False,
        spent_ms: int | None = None,
    ) -> list[Action]:
        """Answer an item, or clear it with None; online or not. Raises NotWritable, OutboxFull."""
        if not self._session.writable:
            raise NotWritable(f"{ANSWER} on a session that is {self._session.state}")
        more = {"spent_ms": spent_ms} if spent_ms is not None else {}
        self._outbox.answer(item, response, flag=flag, **more)
        return self._session.turn(now)

    def submit(self, now: int) -> list[Action]:
        """Hand in. The answers go first; from here on none are taken. Raises NotWritable."""
        if not self._session.writable:
            raise NotWritable(f"{SUBMIT} on a session that is {self._session.state}")
        self._outbox.command(SUBMIT, {"id": self._make_id()})
        return self._session.turn(now)

    def violation(self, kind: str, now: int, detail: str = "") -> list[Action]:
        """Report a signal, with this device's own time."""
        body = {"id": self._make_id(), "kind": kind, "at": now, "detail": detail}
        self._outbox.command("violation", body)
        return self._session.turn(now)

    def raise_hand(self, now: int, *, raised: bool = True, text: str = "") -> list[Action]:
        """Ask for an examiner, or take the hand down."""
        self._outbox.command("raise_hand", {"id": self._make_id(), "raised": raised, "text": text})
        return self._session.turn(now)

    def acknowledge(self, notice: str, now: int) -> list[Action]:
        """The candidate has seen a notice."""
        self._outbox.command("acknowledge", {"id": self._make_id(), "notice": notice})
        return self._session.turn(now)

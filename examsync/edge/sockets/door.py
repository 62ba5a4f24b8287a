"""The one door: every event enters here, and every event that wants an ack gets exactly one.

Limit, decode, time, hand to who knows, turn refusals and defects into acks. The arrival is taken
first, and nothing waits between here and the commit. Knows no socket library: whoever reads
frames calls `enter`.
"""

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from examsync.access.token import Identity
from examsync.edge.sockets import line
from examsync.edge.sockets.rates import Rates
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError
from examsync.infra import metrics, tallies
from examsync.infra.log import logger
from protocol.from_server import Refused
from protocol.problems import Code, problem

log = logger(__name__)

DETAIL_CHARS_MAX = 200
"""msgspec quotes a wrong value back; nobody needs more of it than this."""
ALWAYS = frozenset({"heartbeat", "reauth"})
"""Taken with an expired token and while draining: they keep a connection, and change nothing."""

_event = msgspec.json.Decoder(tuple[str, msgspec.Raw]).decode
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_name = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode

# Finding a metric by its labels costs more than counting on it; events and codes are few.
_events = functools.cache(metrics.EVENTS.labels)
_seconds = functools.cache(metrics.ACK_SECONDS.labels)
_problems = functools.cache(metrics.PROBLEMS.labels)
_good = functools.cache(tallies.Acks)


class Ack:
    """Where the outcome of one event goes. Only the first one counts."""

    __slots__ = ("_answer", "_began", "done", "event")

    def __init__(self, answer: Callable[[object], None] | None) -> None:
        self._answer = answer
        self._began = time.perf_counter()
        self.event = "unknown"
        self.done = False

    def __call__(self, body: object) -> None:
        """Acknowledge with a Struct of `protocol`; nothing if the sender wants no ack."""
        if self.done:
            return
        self.done = True
        took_s = time.perf_counter() - self._began
        if isinstance(body, Refused):
            _seconds(self.event).observe(took_s)
            _events(self.event, body.problem.code).inc()
            _problems(body.problem.code).inc()
        else:
            _good(self.event).took(took_s)
        self._pass_on(body)

    def _pass_on(self, body: object) -> None:
        if self._answer is not None:
            self._answer(body)


Say = Callable[[Session, int, bytes], None]
"""(session, ack id, JSON): says an ack."""


class SaidAck(Ack):
    """An ack that is said as JSON, to whom and under which id it keeps itself: a closure would be
    one more object for every answer under way."""

    __slots__ = ("_ack_id", "_say", "_session")

    def __init__(self, say: Say, session: Session, ack_id: int | None) -> None:
        super().__init__(None)
        self._say = say
        self._session = session
        self._ack_id = ack_id

    def _pass_on(self, body: object) -> None:
        if self._ack_id is not None:
            self._say(self._session, self._ack_id, _encode(body))


Handle = Callable[[Session, int, Any, Ack], None]
"""(session, arrived, command, ack): decides or starts something, and returns without waiting."""


class Entry(Struct, frozen=True):
    """How an event of one name is read, and who handles it."""

    decode: Callable[[msgspec.Raw], Any]
    handle: Handle


def entry(body: Any, handle: Handle) -> Entry:
    """An entry for events whose one argument is `body`, a type msgspec can decode."""
    return Entry(msgspec.json.Decoder(body).decode, handle)


class Door:
    """`tables`: by namespace, the entries by event name. What is in no table does not exist."""

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Entry]],
        rates: Rates,
        now: Callable[[], int],
        revoked: Callable[[Identity], bool],
        leeway_ms: int,
    ) -> None:
        self.closed = False
        """While draining, after the grace: nothing new is begun."""
        self._tables = tables
        self.now = now
        self._revoked = revoked
        self._leeway_ms = leeway_ms
        self._rates = rates

    def enter(
        self, session: Session, body: str, answer: Callable[[object], None] | None = None
    ) -> None:
        """An event has arrived: `body` is the JSON array of its name and its argument.

        `answer` is called once with the ack, now or later; None if the sender wants none.
        """
        self._take(session, self.now(), body, Ack(answer))

    def hear(
        self,
        session: Session,
        payload: bytes,
        arrived: int,
        ack_id: int | None,
        say: Say,
    ) -> None:
        """The same for who reads frames himself: bytes in, and the ack's JSON out, in the turn of
        the loop in which storage has confirmed what was asked. `arrived` is his reading of `now`;
        without an `ack_id` none is wanted.
        """
        self._take(session, arrived, payload, SaidAck(say, session, ack_id))

    def _take(self, session: Session, arrived: int, body: str | bytes, ack: Ack) -> None:
        try:
            self._enter(session, arrived, body, ack)
        except ExamError as refusal:
            ack(Refused(refusal.problem))
        except Exception:
            log.exception("an event failed", name=ack.event, sid=session.sid)
            ack(Refused(problem(Code.INTERNAL)))

    def _enter(self, session: Session, arrived: int, body: str | bytes, ack: Ack) -> None:
        self._rates.charge(session, arrived, 1)
        name, raw = _split(body)
        entry = self._tables[session.namespace].get(name)
        if entry is None:
            raise ExamError(Code.UNKNOWN_EVENT)
        ack.event = name
        self._check(session, arrived, name)
        if raw is None:
            raise ExamError(Code.BAD_REQUEST, "an event takes exactly one argument")
        try:
            command = entry.decode(raw)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ExamError(Code.BAD_REQUEST, str(error)[:DETAIL_CHARS_MAX]) from None
        entry.handle(session, arrived, command, ack)

    def _check(self, session: Session, arrived: int, name: str) -> None:
        """Whether this session may still ask for anything at all."""
        identity = session.identity
        if self._revoked(identity):
            session.wire.cut(line.POLICY_VIOLATION, "the token was revoked")
            raise ExamError(Code.UNAUTHORIZED, "the token was revoked")
        if name in ALWAYS:
            return
        if identity.expires_at + self._leeway_ms <= arrived:
            raise ExamError(Code.TOKEN_EXPIRED, retry_after_ms=1_000)
        if self.closed:
            raise ExamError(Code.DRAINING, retry_after_ms=1_000)


def _split(body: str | bytes) -> tuple[str, msgspec.Raw | None]:
    """An event's name and its one argument; None for any other number of them.

    Raises ExamError: UNKNOWN_EVENT for what is no name, BAD_REQUEST for what is no array.
    """
    try:
        return _event(body)
    except RecursionError:
        raise ExamError(Code.BAD_REQUEST, "nested too deep") from None
    except msgspec.ValidationError:
        return _name_of(body), None
    except msgspec.DecodeError as error:
        raise ExamError(Code.BAD_REQUEST, str(error)[:DETAIL_CHARS_MAX]) from None


def _name_of(body: str | bytes) -> str:
    try:
        parts = _array(body)
        return _name(parts[0])
    except (msgspec.MsgspecError, RecursionError, IndexError):
        raise ExamError(Code.UNKNOWN_EVENT, "an event begins with its name") from None

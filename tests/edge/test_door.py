"""One door: every event is limited, read, handed on, and acknowledged exactly once."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from examsync.edge.sockets.door import Ack, Door, entry
from examsync.edge.sockets.rates import Rates
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError
from examsync.settings import Limits
from protocol.from_client import Answer, Answers
from protocol.from_server import Refused
from protocol.problems import Code
from tests.edge.makers import HOUR_MS, NOW, Far, HandTime, identity, session, wire

LEEWAY_MS = 30_000


class Done(Struct, frozen=True):
    """An ack of these tests."""

    said: str
    ok: bool = True


class Hall:
    """A door with a few handlers behind it, and one session in front."""

    def __init__(self, **limits: Any) -> None:
        self.time = HandTime()
        self.wire = wire(Far(), self.time)
        self.session: Session = session(self.wire)
        self.revoked = False
        self.handled: list[tuple[int, Any]] = []
        self.waiting: list[Ack] = []
        table = {
            "answer": entry(Answer | Answers, self.handle),
            "heartbeat": entry(dict[str, int], self.handle),
            "reauth": entry(str, self.handle),
            "refuse": entry(dict[str, int], self.refuse),
            "break": entry(dict[str, int], self.fail),
            "begin": entry(dict[str, int], self.begin),
            "twice": entry(dict[str, int], self.twice),
            "late": entry(dict[str, int], self.late),
        }
        rates = Rates(Limits(**limits))
        self.door = Door(
            {"/exam": table}, rates, self.time.now, lambda who: self.revoked, LEEWAY_MS
        )

    def handle(self, session: Session, arrived: int, command: Any, ack: Ack) -> None:
        self.handled.append((arrived, command))
        ack(Done("handled"))

    def refuse(self, session: Session, arrived: int, command: Any, ack: Ack) -> None:
        raise ExamError(Code.PAUSED, "for now")

    def fail(self, session: Session, arrived: int, command: Any, ack: Ack) -> None:
        raise RuntimeError("a secret of ours")

    def begin(self, session: Session, arrived: int, command: Any, ack: Ack) -> None:
        ack(Done("begun"))
        raise RuntimeError("a defect")

    def twice(self, session: Session, arrived: int, command: Any, ack: Ack) -> None:
        ack(Done("once"))
        ack(Done("twice"))

    def late(self, session: Session, arrived: int, command: Any, ack: Ack) -> None:
        self.waiting.append(ack)

    def say(self, body: str) -> list[Any]:
        """All acks of an event."""
        acks: list[Any] = []
        self.door.enter(self.session, body, acks.append)
        return acks

    def say_bytes(self, body: str) -> list[Any]:
        """The same event by the way of bytes."""
        acks: list[tuple[Session, int, bytes]] = []

        def heard(*ack: Any) -> None:
            acks.append(ack)

        self.door.hear(self.session, body.encode(), self.time.now(), 7, heard)
        assert all(ack[:2] == (self.session, 7) for ack in acks)
        return [msgspec.json.decode(body) for _, _, body in acks]

    def code(self, body: str) -> Code:
        """The problem that an event meets, in its one ack."""
        (ack,) = self.say(body)
        assert isinstance(ack, Refused), ack
        return ack.problem.code


ANSWER = '["answer",{"seq":1,"item":"q3","response":true}]'

NO_EVENT = {
    "connect": '["connect",{"REMOTE_ADDR":"6.6.6.6"},{"role":"admin"}]',
    "disconnect": '["disconnect","x"]',
    "connect_error": '["connect_error",{}]',
    "message": '["message",{}]',
    "star": '["*",{}]',
    "dunder": '["__class__",{}]',
    "method": '["enter",{}]',
    "long": json.dumps(["e" * 10_000, {}]),
    "empty": '["",{}]',
    "number": "[1,{}]",
    "null": "[null,{}]",
    "list": '[["answer"],{}]',
    "none": "[]",
}

BAD = {
    "arity 0": '["answer"]',
    "arity 2": '["answer",{"seq":1,"item":"q3","response":1},2]',
    "arity 4": '["answer",1,2,3,4]',
    "no object": '["answer","x"]',
    "field missing": '["answer",{"seq":1}]',
    "wrong type": '["answer",{"seq":"1","item":"q3","response":1}]',
    "out of range": '["answer",{"seq":0,"item":"q3","response":1}]',
    "not a number": '["answer",{"seq":1,"item":"q3","response":NaN}]',
    "infinity": '["answer",{"seq":1,"item":"q3","response":Infinity}]',
    "huge float": '["answer",{"seq":1,"item":"q3","response":1e999}]',
    "5000 digits": '["answer",{"seq":' + "9" * 5_000 + ',"item":"q3","response":1}]',
    "5000 digits inside": '["answer",{"seq":1,"item":"q3","response":' + "9" * 5_000 + "}]",
    "lone surrogate": '["answer",{"seq":1,"item":"q3","response":"\\ud800"}]',
    "half of a surrogate": '["answer",{"seq":1,"item":"q3","response":"\\udc00x"}]',
    "deep": '["answer",' + "[" * 30_000 + "]" * 30_000 + "]",
    "deep inside": '["answer",{"seq":1,"item":"q3","response":'
    + "[" * 20_000
    + "]" * 20_000
    + "}]",
    "not JSON": '["answer",{]',
    "cut off": '["answer",{"seq":1',
    "two": '["answer",{}] []',
    "no answers": '["answer",[]]',
    "too many answers": json.dumps(
        ["answer", [{"seq": n, "item": "q", "response": 1} for n in range(1, 102)]]
    ),
    "long id": json.dumps(["answer", {"seq": 1, "item": "q" * 65, "response": 1}]),
    "odd id": json.dumps(["answer", {"seq": 1, "item": "q\n3", "response": 1}]),
}


@pytest.mark.parametrize("case", NO_EVENT)
def test_names_that_are_no_events_are_refused(case: str) -> None:
    hall = Hall()
    assert hall.code(NO_EVENT[case]) is Code.UNKNOWN_EVENT
    assert hall.handled == []


@pytest.mark.parametrize("case", BAD)
def test_bodies_that_are_wrong_are_refused(case: str) -> None:
    hall = Hall()
    assert hall.code(BAD[case]) is Code.BAD_REQUEST
    assert hall.handled == []


@pytest.mark.parametrize("body", [ANSWER, '["refuse",{}]', *NO_EVENT.values(), *BAD.values()])
def test_bytes_are_heard_as_text_is_and_acked_in_bytes(body: str) -> None:
    text, raw = Hall(), Hall()
    assert raw.say_bytes(body) == msgspec.to_builtins(text.say(body))
    assert raw.handled == text.handled
    said: list[object] = []
    raw.door.hear(raw.session, body.encode(), raw.time.now(), None, lambda *ack: said.append(ack))
    assert said == [], "no ack was wanted"


@pytest.mark.parametrize("case", [*NO_EVENT, *BAD])
def test_what_is_refused_says_little_of_what_was_sent(case: str) -> None:
    (ack,) = Hall().say({**NO_EVENT, **BAD}[case])
    assert len(msgspec.json.encode(ack)) < 600


def test_the_arrival_is_when_the_event_came() -> None:
    hall = Hall()
    hall.time.ms += 77
    hall.say(ANSWER)
    assert hall.handled == [(NOW + 77, Answer(1, "q3", True))]


def test_a_field_said_twice_is_what_it_was_said_last() -> None:
    hall = Hall()
    hall.say('["answer",{"seq":1,"item":"q3","response":true,"response":false}]')
    assert hall.handled[0][1].response is False


def test_unknown_fields_are_passed_over() -> None:
    hall = Hall()
    hall.say('["answer",{"seq":1,"item":"q3","response":true,"later":{"level":9}}]')
    assert hall.handled[0][1] == Answer(1, "q3", True)


def test_a_refusal_is_the_ack() -> None:
    assert Hall().code('["refuse",{}]') is Code.PAUSED


def test_a_defect_is_acked_as_internal_and_not_described() -> None:
    (ack,) = Hall().say('["break",{}]')
    assert ack.problem.code is Code.INTERNAL
    assert "secret" not in str(ack)


def test_who_has_acked_and_fails_then_has_acked_once() -> None:
    assert Hall().say('["begin",{}]') == [Done("begun")]


def test_only_the_first_ack_counts() -> None:
    assert Hall().say('["twice",{}]') == [Done("once")]


def test_an_ack_may_come_later() -> None:
    hall = Hall()
    acks = hall.say('["late",{}]')
    assert acks == []
    hall.waiting[0](Done("at last"))
    assert acks == [Done("at last")]


@pytest.mark.parametrize("body", [ANSWER, *NO_EVENT.values(), '["refuse",{}]', '["break",{}]'])
def test_who_wants_no_ack_gets_none(body: str) -> None:
    hall = Hall()
    hall.door.enter(hall.session, body)
    assert not hall.wire.is_cut()


def test_an_expired_token_is_told_to_be_renewed_and_only_then_works_again() -> None:
    hall = Hall()
    hall.time.ms = NOW + HOUR_MS + LEEWAY_MS - 1
    assert isinstance(hall.say(ANSWER)[0], Done)
    hall.time.ms += 1
    (ack,) = hall.say(ANSWER)
    assert (ack.problem.code, ack.problem.retry) == (Code.TOKEN_EXPIRED, True)
    hall.session.identity = identity(expires_at=NOW + 2 * HOUR_MS)
    assert isinstance(hall.say(ANSWER)[0], Done)


@pytest.mark.parametrize("body", ['["heartbeat",{}]', '["reauth","t"]'])
def test_heartbeats_and_new_tokens_are_taken_from_the_expired_and_while_draining(
    body: str,
) -> None:
    hall = Hall()
    hall.door.closed = True
    hall.time.ms = NOW + 2 * HOUR_MS
    assert hall.say(body) == [Done("handled")]


def test_while_draining_commands_are_to_be_sent_elsewhere() -> None:
    hall = Hall()
    hall.door.closed = True
    (ack,) = hall.say(ANSWER)
    assert (ack.problem.code, ack.problem.retry) == (Code.DRAINING, True)


def test_a_revoked_token_ends_the_connection() -> None:
    hall = Hall()
    hall.revoked = True
    assert hall.code('["heartbeat",{}]') is Code.UNAUTHORIZED
    assert hall.wire.is_cut()


def test_haste_is_refused_with_a_time_to_wait() -> None:
    hall = Hall()
    acks = [hall.say(ANSWER)[0] for _ in range(101)]
    assert [isinstance(ack, Done) for ack in acks] == [True] * 100 + [False]
    assert acks[-1].problem.code is Code.RATE_LIMITED
    hall.time.ms += acks[-1].problem.retry_after_ms
    assert isinstance(hall.say(ANSWER)[0], Done)


def test_what_is_refused_counts_as_well() -> None:
    hall = Hall()
    for _ in range(100):
        hall.say('["nonsense",{}]')
    assert hall.code(ANSWER) is Code.RATE_LIMITED


def test_who_does_not_slow_down_is_cut() -> None:
    hall = Hall()
    events = 0
    while not hall.wire.is_cut():
        hall.say(ANSWER)
        events += 1
        assert events < 1_000
    assert events > 200

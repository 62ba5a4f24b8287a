"""Everything that travels, in one list: for the generator, the examples and the tests."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args

from msgspec import Struct

from protocol import facts, from_client, from_server, http
from protocol.problems import Problem


class Speaker(StrEnum):
    """Who says a message, or what it is kept in."""

    CLIENT = "client"
    ACK = "ack"
    SERVER = "server"
    FACT = "fact"
    HTTP_REQUEST = "request"
    HTTP_RESPONSE = "response"


class Said(Struct, frozen=True):
    """One message. `channel` is `exam`, `monitor`, `connect`, `log` or `http`.

    `event` is the Socket.IO event it is sent as or answers; `name` differs from it only where one
    event has several forms (`answer.list`, `refused`).
    """

    channel: str
    speaker: Speaker
    event: str
    name: str
    type: Any

    @property
    def path(self) -> str:
        """Where the generated files of this message are, below their folder, without suffix."""
        return f"{self.channel}/{self.speaker}/{self.name}"


def channel_of(namespace: str) -> str:
    """The short name of a namespace: `/exam` is `exam`."""
    return namespace.removeprefix("/")


def messages() -> list[Said]:
    """Every message of the protocol, in a stable order."""
    return [*_connect(), *_from_client(), *_acks(), *_from_server(), *_facts(), *_http()]


def _connect() -> Iterator[Said]:
    yield Said("connect", Speaker.CLIENT, "auth", "auth", from_client.Auth)
    yield Said("connect", Speaker.SERVER, "connect_error", "problem", Problem)


def _from_client() -> Iterator[Said]:
    for namespace, events in from_client.EVENTS.items():
        for event, body in events.items():
            yield Said(channel_of(namespace), Speaker.CLIENT, event, event, body)
    yield Said("exam", Speaker.CLIENT, "answer", "answer.list", from_client.Answers)


def _acks() -> Iterator[Said]:
    for namespace, acks in from_server.ACKS.items():
        for event, body in acks.items():
            yield Said(channel_of(namespace), Speaker.ACK, event, event, body)
        yield Said(channel_of(namespace), Speaker.ACK, "", "refused", from_server.Refused)
    yield Said("exam", Speaker.ACK, "answer", "answer.list", from_server.AnswersAck)


def _from_server() -> Iterator[Said]:
    for namespace, events in from_server.EVENTS_FROM_SERVER.items():
        for event, body in events.items():
            yield Said(channel_of(namespace), Speaker.SERVER, event, event, body)


def _facts() -> Iterator[Said]:
    yield Said("log", Speaker.FACT, "", "attempt", facts.Fact)
    yield Said("log", Speaker.FACT, "", "exam", facts.ExamFact)
    for body in (*get_args(facts.Body), *get_args(facts.ExamBody)):
        yield Said("log", Speaker.FACT, "", body.__struct_config__.tag, body)


def _http() -> Iterator[Said]:
    for name, body in http.REQUESTS.items():
        yield Said("http", Speaker.HTTP_REQUEST, "", name, body)
    for name, body in http.RESPONSES.items():
        yield Said("http", Speaker.HTTP_RESPONSE, "", name, body)

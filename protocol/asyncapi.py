"""The AsyncAPI 3.0 document, from the list of messages. Called by the generator and the tests.

Seen from the server: it receives what clients send and replies with an ack (`operation.reply`);
it sends the rest. Socket.IO has no binding of its own in AsyncAPI, so `x-socketio` says which
namespace and event, and whether the sender asks for an ack.
"""

from typing import Any

from protocol.from_client import EVENTS
from protocol.messages import Said, Speaker, channel_of
from protocol.problems import MEANINGS
from protocol.schema import Schema, components
from protocol.version import LEVEL, LEVEL_OLDEST

VERSION = "3.0.0"
_TITLES = {"exam": "Candidates", "monitor": "Examiners"}
_ABOUT = """\
Socket.IO v5 on Engine.IO v4, WebSocket only: connect with `transports: ["websocket"]`, JSON.
Every event sent with an ack id gets exactly one ack: `{"ok": true, ...}` or
`{"ok": false, "problem": {...}}`. Every command is idempotent: answers by (lease, seq), the others
by an id the client makes. A message above `maxPayload` bytes, which the handshake names (65,536
unless the server is set otherwise), has no ack: it closes the connection with code 1009.
Unknown fields are ignored; a field without `x-since` came with level 1.
`loadtest/client/README.md` says how a client never loses an acked answer."""


def document(said: list[Said], examples: dict[str, Any]) -> Schema:
    """The whole document; `examples` are JSON values by the path of their message."""
    sent = [s for s in said if s.channel in (*_TITLES, "connect")]
    tops, named = components(sent, "#/components/schemas/{name}")
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "ExamSync",
            "version": str(LEVEL),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
            "x-level": {"spoken": LEVEL, "oldest": LEVEL_OLDEST},
        },
        "defaultContentType": "application/json",
        "channels": {channel_of(namespace): _channel(namespace, sent) for namespace in EVENTS},
        "operations": dict(_operation(s) for s in sent if _is_event(s)),
        "components": {
            "messages": {
                _key(s): _message(s, top, named, examples)
                for s, top in zip(sent, tops, strict=True)
            },
            "schemas": named,
        },
        "x-problems": {
            code: {"title": meaning.title, "retry": meaning.retry}
            for code, meaning in MEANINGS.items()
        },
    }


def _is_event(said: Said) -> bool:
    """Whether it opens an exchange: acks and further forms of an event do not."""
    return said.channel in _TITLES and said.speaker != Speaker.ACK and said.name == said.event


def _key(said: Said) -> str:
    return said.path.replace("/", ".")


def _channel(namespace: str, sent: list[Said]) -> Schema:
    channel = channel_of(namespace)
    return {
        "address": namespace,
        "title": _TITLES[channel],
        "messages": {
            _key(s): {"$ref": f"#/components/messages/{_key(s)}"}
            for s in sent
            if s.channel == channel
        },
        "x-socketio": {
            "namespace": namespace,
            "transports": ["websocket"],
            "auth": {"$ref": "#/components/schemas/Auth"},
            "connect_error": {"data": {"$ref": "#/components/schemas/Problem"}},
        },
    }


def _operation(said: Said) -> tuple[str, Schema]:
    received = said.speaker is Speaker.CLIENT
    operation: Schema = {
        "action": "receive" if received else "send",
        "channel": {"$ref": f"#/channels/{said.channel}"},
        "title": said.event,
        "messages": [_in_channel(said.channel, said.speaker, name) for name in _forms(said)],
    }
    if received:
        names = [*_forms(said), "refused"]
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{said.channel}"},
            "messages": [_in_channel(said.channel, Speaker.ACK, name) for name in names],
        }
    operation["x-socketio"] = {
        "namespace": f"/{said.channel}",
        "event": said.event,
        "ack": received,
    }
    return f"{said.channel}.{said.speaker}.{said.event}", operation


def _forms(said: Said) -> list[str]:
    """The names of all messages that travel as this event: only `answer` has two."""
    lists = (said.channel, said.event) == ("exam", "answer")
    return [said.name, "answer.list"] if lists else [said.name]


def _in_channel(channel: str, speaker: Speaker, name: str) -> Schema:
    return {"$ref": f"#/channels/{channel}/messages/{channel}.{speaker}.{name}"}


def _message(said: Said, top: Schema, named: dict[str, Schema], examples: dict[str, Any]) -> Schema:
    name = top.get("$ref", "").rpartition("/")[2]
    about = named[name]["description"] if name else "A list of them: one result per entry."
    return {
        "name": said.event or said.name,
        "title": said.name,
        "summary": about.partition("\n")[0],
        "payload": top,
        "examples": [{"payload": examples[said.path]}],
    }

"""The AsyncAPI document holds together: what it points at exists, and it says every event."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from protocol.asyncapi import document
from protocol.examples import examples
from protocol.from_client import EVENTS
from protocol.from_server import EVENTS_FROM_SERVER
from protocol.messages import messages
from protocol.problems import Code

SHOWN = {path: msgspec.to_builtins(value) for path, value in examples().items()}
DOCUMENT = document(messages(), SHOWN)
KEY = re.compile(r"^[\w\d.\-_]+$")
"""What AsyncAPI 3.0 allows as the key of a channel, an operation or a component."""


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, child in node.items():
            if key != "examples":
                yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def resolve(reference: str) -> Any:
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_it_is_asyncapi_3_with_what_3_requires() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    known = {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"}
    assert {key for key in DOCUMENT if not key.startswith("x-")} == known


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 300
    assert all(resolve(reference) for reference in found)


def test_keys_are_of_the_allowed_form() -> None:
    components = DOCUMENT["components"]
    for keys in (DOCUMENT["channels"], DOCUMENT["operations"], *components.values()):
        assert [key for key in keys if not KEY.match(key)] == []


def test_the_channels_are_the_namespaces() -> None:
    assert {c["address"] for c in DOCUMENT["channels"].values()} == {"/exam", "/monitor"}


def test_every_event_is_one_operation_seen_from_the_server() -> None:
    said = {
        (op["x-socketio"]["namespace"], op["x-socketio"]["event"], op["action"])
        for op in DOCUMENT["operations"].values()
    }
    received = {(ns, event, "receive") for ns, events in EVENTS.items() for event in events}
    sent = {(ns, event, "send") for ns, events in EVENTS_FROM_SERVER.items() for event in events}
    assert said == received | sent
    assert len(DOCUMENT["operations"]) == len(said)


def test_what_is_received_is_answered_with_its_ack_or_refused() -> None:
    for operation in DOCUMENT["operations"].values():
        assert ("reply" in operation) == (operation["action"] == "receive")
        assert operation["x-socketio"]["ack"] == ("reply" in operation)
    reply = DOCUMENT["operations"]["exam.client.answer"]["reply"]
    assert [r["$ref"].rpartition("/")[2] for r in reply["messages"]] == [
        "exam.ack.answer",
        "exam.ack.answer.list",
        "exam.ack.refused",
    ]


def test_messages_of_an_operation_are_messages_of_its_channel() -> None:
    """AsyncAPI 3: an operation's messages must be a subset of those of its channel."""
    for operation in DOCUMENT["operations"].values():
        own = operation["channel"]["$ref"] + "/messages/"
        for message in [*operation["messages"], *operation.get("reply", {}).get("messages", [])]:
            assert message["$ref"].startswith(own)


def test_every_message_has_a_summary_and_an_example() -> None:
    for message in DOCUMENT["components"]["messages"].values():
        assert message["summary"].endswith((".", ":", ",")) or len(message["summary"]) > 20
        assert len(message["examples"]) == 1


def test_every_problem_code_is_listed() -> None:
    assert DOCUMENT["x-problems"].keys() == set(Code)

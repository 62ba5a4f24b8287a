"""The list of messages leaves nothing out."""

from typing import get_args

from protocol import facts
from protocol.from_client import EVENTS
from protocol.from_server import ACKS, EVENTS_FROM_SERVER
from protocol.messages import Speaker, messages


def test_paths_are_unique() -> None:
    paths = [said.path for said in messages()]
    assert len(paths) == len(set(paths))


def test_every_event_has_an_ack_and_no_ack_is_without_event() -> None:
    assert {ns: list(events) for ns, events in EVENTS.items()} == {
        ns: list(acks) for ns, acks in ACKS.items()
    }


def test_every_table_is_in_the_list() -> None:
    said = {(s.channel, s.speaker, s.name) for s in messages()}
    for tables, speaker in (
        (EVENTS, Speaker.CLIENT),
        (ACKS, Speaker.ACK),
        (EVENTS_FROM_SERVER, Speaker.SERVER),
    ):
        for namespace, table in tables.items():
            assert {(namespace[1:], speaker, event) for event in table} <= said


def test_every_kind_of_fact_is_in_the_list() -> None:
    kinds = {
        body.__struct_config__.tag for body in (*get_args(facts.Body), *get_args(facts.ExamBody))
    }
    assert kinds | {"attempt", "exam"} == {s.name for s in messages() if s.speaker == Speaker.FACT}

"""Every message has an example, and every example is what it claims to be, to the letter."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import fields

from protocol.examples import examples
from protocol.generate import TREE
from protocol.messages import Said, messages
from protocol.schema import documents

MESSAGES = {said.path: said for said in messages()}
DOCUMENTS = documents(messages())
ELSEWHERE = {"receipt", "receipts", "paused_since", "closed_at", "refused"}
"""Replays are shown with `answer.list` and `extend`, attempts that do not run with `roster`; a
join over HTTP that is refused looks like any refusal."""


def stored(path: str) -> bytes:
    return (TREE / "examples" / f"{path}.json").read_bytes()


def test_every_message_has_exactly_one_example() -> None:
    assert examples().keys() == MESSAGES.keys()
    assert len(MESSAGES) == len(messages())


@pytest.mark.parametrize("said", MESSAGES.values(), ids=lambda said: said.path)
def test_an_example_decodes_strictly_and_encodes_to_the_same_json(said: Said) -> None:
    text = stored(said.path)
    value = msgspec.json.decode(text, type=said.type, strict=True)
    assert value == examples()[said.path]
    assert json.loads(msgspec.json.encode(value)) == json.loads(text)


@pytest.mark.parametrize("path", MESSAGES)
def test_an_example_fits_the_schema_of_its_message(path: str) -> None:
    Draft202012Validator(DOCUMENTS[path]).validate(json.loads(stored(path)))


def test_examples_speak_hindi_too() -> None:
    assert "जीव विज्ञान" in stored("exam/ack/join").decode()


def test_every_ack_says_ok_in_so_many_words() -> None:
    acks = [said for said in MESSAGES.values() if said.speaker == "ack"]
    assert {said.path: json.loads(stored(said.path))["ok"] for said in acks} == {
        said.path: said.name != "refused" for said in acks
    }


def structs_in(value: object) -> Iterator[msgspec.Struct]:
    """Every Struct in an example, however deep."""
    if isinstance(value, msgspec.Struct):
        yield value
        for field in fields(value):
            yield from structs_in(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from structs_in(part)
    elif isinstance(value, dict):
        yield from structs_in(list(value.values()))


def test_every_field_is_filled_in_some_example() -> None:
    """A field that no example of its Struct fills is a field nobody has thought through."""
    unsaid: dict[str, set[str]] = {}
    for struct in structs_in(examples()):
        name = type(struct).__name__
        missing = {f.name for f in fields(struct) if getattr(struct, f.name) in (None, "", [], {})}
        unsaid[name] = unsaid.get(name, missing) & missing
    assert {name: left for name in unsaid if (left := unsaid[name] - ELSEWHERE)} == {}
